import { assessRequest } from '../../../lib/domain/decision/assess-request';
import type { OperationRequest } from '../../../lib/domain/decision/assess-request';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { expectAccepted } from '../../support/golden';
import { REFUSALS_DOCUMENT, refusalsDocument } from './refusals-document';
import { COOLING, emergency, NOBODY, planned, refused, REQUESTS, UNELIGIBLE } from './requests';
import { CALM_GRID, NOW_MS, replicationWith, snapshotOf } from './world';

const withBeacon = (snapshot: Snapshot, ageMs: number): Snapshot => ({
  ...snapshot,
  observations: snapshot.observations.map((seen) => ({
    ...seen,
    targets: seen.targets.map((target) => ({
      ...target,
      latest: { ...target.latest, replication: replicationWith({ beaconAtMs: NOW_MS - ageMs }) },
    })),
  })),
});

const answer = (snapshot: Snapshot, request: OperationRequest): string => {
  const { kind, operation, reasons } = assessRequest(snapshot, request);
  const what =
    operation === null ? 'nothing' : `${operation.mode} ${operation.kind} ${operation.from}→${operation.to}`;
  return `${kind}: ${what} (${reasons.map(({ code }) => code).join('+')})`;
};

describe('what a person asks for', () => {
  it.each(REQUESTS)('$why → $is', ({ grid, setting, request, is }) => {
    expect(answer(snapshotOf(grid ?? CALM_GRID, setting), request)).toBe(is);
  });

  it.each([
    [29, 'refuse: nothing (rpo-exceeded)'],
    [30, 'failover: emergency failover az-a→az-b (requested)'],
  ])('an emergency to a standby 30 s behind, %i s accepted → %s', (acceptLossSeconds, is) => {
    const snapshot = withBeacon(snapshotOf(CALM_GRID, UNELIGIBLE), 30_000);
    expect(answer(snapshot, { ...emergency, acceptLossSeconds })).toBe(is);
  });

  it('a third data zone is not eligible because another one is', () => {
    const snapshot = snapshotOf(CALM_GRID);
    const zones = snapshot.topology.zones.map((zone) =>
      zone.id === 'az-c' ? { ...zone, role: 'secondary' as const } : zone,
    );
    const topology = { ...snapshot.topology, zones };
    expect(answer({ ...snapshot, topology }, { ...planned, to: 'az-c' })).toBe(refused('not-eligible'));
    const anew: OperationRequest = { ...planned, to: 'az-c', kind: 'rejoin', rebuild: { keep: true } };
    expect(assessRequest({ ...snapshot, topology }, anew).reasons[0]).toMatchObject({
      code: 'not-eligible',
      numbers: { to: 'az-c', store: 'postgres', eligible: 'az-b' },
    });
  });

  it('a copy made anew says so, and whether what it had is kept', () => {
    const anew: OperationRequest = { ...planned, kind: 'rejoin', rebuild: { keep: false } };
    expect(assessRequest(snapshotOf(CALM_GRID), anew).operation).toEqual({
      kind: 'rejoin',
      mode: 'planned',
      stores: ['postgres'],
      from: 'az-a',
      to: 'az-b',
      rebuild: { keep: false },
    });
  });

  it('a refusal names numbers, an acceptance has no voters and says how well the target is seen', () => {
    expect(assessRequest(snapshotOf(CALM_GRID, COOLING), planned).reasons[0]).toMatchObject({
      code: 'cooldown',
      numbers: { secondsLeft: 0.1 },
    });
    expect(assessRequest(snapshotOf(CALM_GRID), planned)).toMatchObject({
      voters: [],
      confidence: 100,
      seatEpoch: 7,
    });
    expect(assessRequest(snapshotOf(NOBODY), emergency).confidence).toBe(0);
  });
});

it(`what is said of each request is ${REFUSALS_DOCUMENT}; after a change: EVAC_GOLDEN=write`, () => {
  expectAccepted(REFUSALS_DOCUMENT, refusalsDocument());
});
