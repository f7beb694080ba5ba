import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import { SEAT_BEHIND_ENGINES, seatFault } from '../../../lib/domain/decision/seat-fault';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import type { Observation } from '../../../lib/domain/observation';
import type { Seat } from '../../../lib/domain/protocol/seat';
import { CALM_GRID, replicationWith, seatWith, snapshotOf, topologyWith, ZONE_LOSS_GRID } from './world';

const withSeat = (seat: Partial<Seat>): Snapshot => snapshotOf(CALM_GRID, { seat });

/** Every fresh round says that PostgreSQL in the zone has this epoch in force. */
const inForce = (snapshot: Snapshot, zone: string, fenceEpoch: number | null): Snapshot => ({
  ...snapshot,
  observations: snapshot.observations.map((observation): Observation => ({
    ...observation,
    targets: observation.targets.map((target) =>
      target.kind === 'postgres' && target.zone === zone
        ? { ...target, latest: { ...target.latest, replication: replicationWith({ fenceEpoch }) } }
        : target,
    ),
  })),
});

describe('a seat that Evac would never have written', () => {
  it.each([
    [{ writer: 'az-c' }, /writer "az-c" is none of the data zones az-a, az-b/],
    [{ writer: '' }, /writer "" is none/],
    [{ eligible: 'az-q' }, /eligible standby "az-q"/],
    [{ eligible: 'az-a' }, /az-a as writer and as its own standby/],
  ])('%j', (seat, fault) => {
    expect(seatFault(withSeat(seat))).toMatchObject({
      code: 'unknown-seat',
      sentence: expect.stringMatching(fault) as unknown,
      numbers: { writer: seatWith(seat).writer },
    });
  });

  it('needs two zones that hold data', () => {
    const topology = topologyWith();
    const one = { ...topology, zones: topology.zones.filter(({ id }) => id !== 'az-b') };
    expect(seatFault({ ...withSeat({ eligible: null }), topology: one })?.sentence).toMatch(/nowhere to go/);
    expect(seatFault(withSeat({}))).toBeNull();
  });
});

describe('a seat that is behind the engines', () => {
  it.each([
    ['az-a', 6, false],
    ['az-a', 7, false],
    ['az-a', 8, true],
    ['az-b', 12, true],
    ['az-a', null, false],
  ])('%s at epoch %s, the seat at 7: a fault %s', (zone, epoch, isFault) => {
    const fault = seatFault(inForce(snapshotOf(CALM_GRID), zone, epoch));
    expect(fault?.code ?? null).toBe(isFault ? SEAT_BEHIND_ENGINES : null);
    if (isFault) expect(fault?.numbers).toEqual({ seatEpoch: 7, enginesEpoch: epoch, zone });
  });

  it('names the newest of several, and says what mends it', () => {
    const fault = seatFault(inForce(inForce(snapshotOf(CALM_GRID), 'az-a', 9), 'az-b', 11));
    expect(fault?.numbers).toEqual({ seatEpoch: 7, enginesEpoch: 11, zone: 'az-b' });
    expect(fault?.sentence).toMatch(
      /the seat is at epoch 7 and postgres in az-b at 11: .*restored from a backup.*mend it .*reconcile-seat/,
    );
  });

  it('goes by fresh rounds alone: an old one may tell of engines that are no more', () => {
    const snapshot = inForce(snapshotOf(CALM_GRID), 'az-a', 9);
    expect(seatFault({ ...snapshot, ageMs: {} })).toBeNull();
  });

  it('moves nothing by itself, though a zone is lost', () => {
    const lost = snapshotOf(ZONE_LOSS_GRID);
    expect(decide(lost).kind).toBe('failover');
    expect(decide(inForce(lost, 'az-b', 8))).toMatchObject({
      kind: 'refuse',
      operation: null,
      reasons: [{ code: SEAT_BEHIND_ENGINES }],
    });
  });

  it('refuses a person, too', () => {
    const request = { to: 'az-b', mode: 'planned', reason: 'by hand' } as const;
    expect(assessRequest(snapshotOf(CALM_GRID), request).kind).toBe('failover');
    expect(assessRequest(inForce(snapshotOf(CALM_GRID), 'az-a', 8), request)).toMatchObject({
      kind: 'refuse',
      reasons: [{ code: SEAT_BEHIND_ENGINES }],
    });
  });
});
