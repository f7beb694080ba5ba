import type { ProbeResult, ReplicationView } from '../../../lib/domain/observation';
import type { SyncLook } from '../../../lib/domain/sync/sample';
import { takeSample } from '../../../lib/domain/sync/sample';
import { FAILED, NOW_MS, OK, replicationWith, UNKNOWN } from '../decision/world';
import { sampleWith } from './samples';

const seen = (view: Partial<ReplicationView>): ProbeResult => ({ ...OK, replication: replicationWith(view) });
const writerAt = (view: Partial<ReplicationView> = {}): ProbeResult =>
  seen({ position: '0/100', beaconAtMs: NOW_MS - 200, lagSeconds: 0, ...view });
const copyAt = (view: Partial<ReplicationView> = {}): ProbeResult =>
  seen({
    role: 'standby',
    position: '0/100',
    beaconAtMs: NOW_MS - 200,
    lagSeconds: 0,
    upstreamHost: '198.18.1.1',
    ...view,
  });

const lookWith = (changes: Partial<SyncLook> = {}): SyncLook => ({
  store: 'postgres',
  writer: 'az-a',
  copy: 'az-b',
  runId: 'run-1',
  round: 7,
  nowMs: NOW_MS,
  elapsedMs: 1_000,
  writerSeen: writerAt(),
  copySeen: copyAt(),
  ...changes,
});

describe('one look at a source', () => {
  it('is level when the copy has what the writer had, whatever a clock says', () => {
    expect(takeSample(lookWith({ copySeen: copyAt({ beaconAtMs: 1 }) }), null)).toEqual({
      ...{ store: 'postgres', writer: 'az-a', copy: 'az-b', runId: 'run-1', round: 7, atMs: NOW_MS },
      lagSeconds: 0,
      behind: 0,
      perSecond: null,
      follows: true,
      error: null,
      failedInARow: 0,
      copyBeaconMs: 1,
      copyPosition: '0/100',
    });
  });

  it('calls a copy that is ahead of the older look at its writer level', () => {
    expect(takeSample(lookWith({ copySeen: copyAt({ position: '0/180' }) }), null).behind).toBe(0);
  });

  it.each([
    ['a beacon behind: since that beacon', { beaconAtMs: NOW_MS - 5_200, lagSeconds: 3 }, {}, 5.2],
    ['the newest beacon: the nearer of both', { beaconAtMs: NOW_MS - 200, lagSeconds: 0.1 }, {}, 0.1],
    ['the newest beacon, and no word of its own', { beaconAtMs: NOW_MS - 200, lagSeconds: null }, {}, 0.2],
    ['a writer that shows no beacon', { beaconAtMs: NOW_MS - 900, lagSeconds: 0 }, { beaconAtMs: null }, 0.9],
    ['no beacon at all: the own word', { beaconAtMs: null, lagSeconds: 4 }, {}, 4],
    ['no beacon and no word', { beaconAtMs: null, lagSeconds: null }, {}, null],
    ['a beacon of the future', { beaconAtMs: NOW_MS + 50, lagSeconds: null }, {}, 0],
  ])('of a copy with %s', (_what, copy, writer, lagSeconds) => {
    const look = lookWith({
      copySeen: copyAt({ position: '0/80', ...copy }),
      writerSeen: writerAt(writer),
    });
    expect(takeSample(look, null)).toMatchObject({ lagSeconds, behind: 128 });
  });

  it('goes on counting from the last beacon when the copy does not answer', () => {
    const before = sampleWith({ copyBeaconMs: NOW_MS - 9_000, failedInARow: 4 });
    expect(takeSample(lookWith({ copySeen: FAILED }), before)).toMatchObject({
      lagSeconds: 9,
      behind: null,
      perSecond: null,
      follows: null,
      error: 'the copy in az-b is failed: connection refused',
      failedInARow: 5,
    });
  });

  it('knows nothing of other zones', () => {
    const before = sampleWith({ copy: 'az-x', copyBeaconMs: NOW_MS - 9_000, failedInARow: 4 });
    const sample = takeSample(lookWith({ copySeen: FAILED }), before);
    expect(sample).toMatchObject({ lagSeconds: null, failedInARow: 1 });
    const moved = sampleWith({ writer: 'az-x', failedInARow: 4 });
    expect(takeSample(lookWith({ copySeen: FAILED }), moved).failedInARow).toBe(1);
  });

  it('names the writer first, and one that answers without its state', () => {
    const silent = { state: 'failed', reason: null, latencyMs: null } as const;
    expect(takeSample(lookWith({ writerSeen: silent, copySeen: OK }), null)).toMatchObject({
      error: 'the writer in az-a is failed: no reason given',
      follows: null,
      failedInARow: 1,
    });
  });

  it('counts what is unknown neither as failed nor as well', () => {
    const before = sampleWith({ failedInARow: 2 });
    expect(takeSample(lookWith({ copySeen: UNKNOWN }), before).failedInARow).toBe(2);
    expect(takeSample(lookWith(), before).failedInARow).toBe(0);
  });

  it('takes a broker that leads a part of what it holds for no copy that follows nobody', () => {
    const mixed = copyAt({ role: 'unknown', upstreamHost: null });
    expect(takeSample(lookWith({ store: 'kafka', copySeen: mixed }), null)).toMatchObject({
      follows: null,
      error: null,
      failedInARow: 0,
    });
  });

  it('calls a copy that follows nobody an error', () => {
    expect(takeSample(lookWith({ copySeen: copyAt({ upstreamHost: null }) }), null)).toMatchObject({
      follows: false,
      error: 'the copy in az-b follows nobody',
      failedInARow: 1,
    });
  });

  it.each([
    ['over the time that passed', { elapsedMs: 500 }, '0/C0', 128],
    ['never below nothing', { elapsedMs: 500 }, '0/200', 0],
    ['not without the time', { elapsedMs: null }, '0/C0', null],
    ['not without any time', { elapsedMs: 0 }, '0/C0', null],
  ])('tells what the copy took in: %s', (_what, changes, copyPosition, perSecond) => {
    expect(takeSample(lookWith(changes), sampleWith({ copyPosition })).perSecond).toBe(perSecond);
  });
});
