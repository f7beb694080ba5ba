import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { claimOperation } from '../lambdas/shared/claim';
import { decide } from '../lib/domain/decision/decide';
import type { HeldSeat, Seat } from '../lib/domain/protocol/seat';
import type { Topology } from '../lib/domain/topology';
import { witnessesOf } from '../lib/domain/topology';
import { PARTITION_KEY, SORT_KEY } from '../lib/state/keys';
import type { LocalTable } from './local-table';
import { seatOf, snapshotOf } from './situations';
import type { Timing } from './timing';
import { measure, timingOf } from './timing';

const CLAIMS = 200;
/** Rounds of the detection: three failed ones and a few more until the claim. */
const LOST_ROUNDS = 5;

export interface ClaimTimings {
  /** decide(), then the transaction: seat, decision with its evidence, both voters' rounds. */
  readonly decide_and_claim: Timing;
  /** The peer: one unconditional PutItem of 1 KB to the same table. */
  readonly plain_put: Timing;
  readonly claim_to_put_ratio: number;
}

const ended = (seat: Seat) => ({
  type: 'release' as const,
  epoch: seat.epoch,
  from: ['claimed' as const],
  seen: seat as HeldSeat,
  eligible: { postgres: 'az-b' },
  outcome: {
    epoch: seat.epoch,
    kind: 'failover' as const,
    stores: ['postgres'] as const,
    result: 'released' as const,
    from: 'az-a',
    to: 'az-b',
    reason: 'bench',
    atMs: 0,
  },
});

/** A decision with its conditional write, again and again: each claim takes the next epoch and is given back unmeasured. */
export const measureClaims = async (topology: Topology, table: LocalTable): Promise<ClaimTimings> => {
  const store = table.open({ workload: topology.workload, witnesses: witnessesOf(topology) });
  const lost = snapshotOf(topology, LOST_ROUNDS);
  let seat = await store.initialiseSeat(seatOf(topology));
  for (const observation of lost.observations) await store.writeObservation(observation, { takesOver: true });
  const timesMs: number[] = [];
  for (let claim = -CLAIMS / 10; claim < CLAIMS; claim += 1) {
    const startedMs = performance.now();
    const snapshot = { ...lost, seat };
    const claimed = await claimOperation(
      { store },
      {
        snapshot,
        decision: decide(snapshot),
        trigger: 'witness',
        execution: `bench-e${seat.epoch + 1}`,
        overrideCooldown: false,
        acceptLossSeconds: null,
        reason: 'bench',
      },
    );
    if (claim >= 0) timesMs.push(performance.now() - startedMs);
    seat = await store.apply(ended(claimed));
  }
  store.close();
  const item = { [PARTITION_KEY]: 'peer', [SORT_KEY]: 'plain', text: 'x'.repeat(1_000) };
  const put = new PutItemCommand({ TableName: table.table, Item: marshall(item) });
  const plain = await measure(CLAIMS, () => table.client.send(put));
  const timing = timingOf(timesMs);
  return {
    decide_and_claim: timing,
    plain_put: plain,
    claim_to_put_ratio: Math.round((10 * timing.p50_ms) / plain.p50_ms) / 10,
  };
};
