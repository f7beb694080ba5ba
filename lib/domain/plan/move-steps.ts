import { OperationMode } from '../protocol/seat';
import type { Store } from '../topology';
import { Store as S } from '../topology';

export const Stage = { prepare: 'prepare', switch: 'switch', admit: 'admit', verify: 'verify' } as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

export interface MoveStep {
  /** The Lambda's folder, and the step's name in the journal. */
  readonly name: string;
  readonly stage: Stage;
  readonly modes: readonly OperationMode[];
  /** Of this store alone; it has no place in a move without it. Absent: of all that move. */
  readonly store?: Store;
  /** Only where the traffic of a planned move goes over in steps. */
  readonly inSteps?: true;
  readonly does: string;
  /** How it is known that it was done. */
  readonly verifies: string;
  /** What takes it back when something after it fails. */
  readonly undo: string;
  /** TimeoutSeconds of its state: when it has not ended by then, the move backs out or goes on by what the seat says. */
  readonly deadlineSeconds: number;
}

const { planned, emergency } = OperationMode;
const both = [planned, emergency] as const;
const changesNothing = 'changes nothing';

/**
 * A move of the writer, the turns one after the other, the steps of one turn side by side: what failover.asl.json does,
 * and a test holds the two together.
 */
export const MOVE_TURNS: readonly (readonly MoveStep[])[] = [
  [
    {
      name: 'claim-failover',
      stage: Stage.prepare,
      modes: both,
      does: 'takes the seat at the next epoch',
      verifies: 'one conditional write: who loses it is told who won and why',
      undo: 'the seat is given back',
      deadlineSeconds: 20,
    },
  ],
  [
    {
      name: 'check-resources',
      stage: Stage.prepare,
      modes: both,
      does: 'looks again at the evidence, and at whether the target may take over',
      verifies: 'rounds newer than the claim, the target’s own settings',
      undo: changesNothing,
      deadlineSeconds: 20,
    },
  ],
  [
    {
      name: 'fence-writers',
      stage: Stage.prepare,
      modes: both,
      does: 'stops the old writer from acknowledging',
      verifies: 'the fence is read back; where none holds nothing is promoted',
      undo: 'the old writer is admitted again at a newer epoch',
      deadlineSeconds: 20,
    },
  ],
  [
    {
      name: 'wait-for-sync',
      stage: Stage.prepare,
      modes: [planned],
      does: 'waits until the standby has all that the writer has',
      verifies: 'positions of both sides are equal',
      undo: changesNothing,
      deadlineSeconds: 30,
    },
  ],
  [
    {
      name: 'switch-postgres',
      stage: Stage.switch,
      modes: both,
      store: S.postgres,
      does: 'promotes the standby, still closed to the workload',
      verifies: 'it is a writer at this epoch',
      undo: 'it is stopped, the old writer admitted again, and it rejoins as standby',
      deadlineSeconds: 60,
    },
    {
      name: 'switch-redis',
      stage: Stage.switch,
      modes: both,
      store: S.redis,
      does: 'makes the replica the primary, still closed to the workload',
      verifies: 'it is the primary at this epoch',
      undo: 'it is stopped, the old writer admitted again, and it rejoins as standby',
      deadlineSeconds: 60,
    },
    {
      name: 'switch-kafka',
      stage: Stage.switch,
      modes: both,
      store: S.kafka,
      does: 'has the leaders elected in the new zone; where the cluster has elected already, follows it',
      verifies: 'no partition is led from the old zone, none is short of in-sync replicas',
      undo: 'the leaders are elected in the old zone again',
      deadlineSeconds: 60,
    },
    {
      name: 'switch-objects',
      stage: Stage.switch,
      modes: both,
      store: S.objects,
      does: 'turns the copies’ direction: the new zone’s store takes none any more; still closed to the workload',
      verifies: 'its cursor says so at this epoch',
      undo: 'it is stopped, the old zone’s store opened again, and it rejoins as standby',
      deadlineSeconds: 60,
    },
  ],
  [
    {
      name: 'verify-health',
      stage: Stage.switch,
      modes: both,
      does: 'asks the new writer and its API',
      verifies: 'both answer, the store as writer',
      undo: changesNothing,
      deadlineSeconds: 20,
    },
    {
      name: 'verify-data',
      stage: Stage.switch,
      modes: both,
      does: 'reads the data in the new zone',
      verifies: 'every table is readable, the fence row and the epoch are there',
      undo: changesNothing,
      deadlineSeconds: 30,
    },
  ],
  [
    {
      name: 'admit-writes',
      stage: Stage.admit,
      modes: both,
      does: 'commits the point of no return, then lets the workload write',
      verifies: 'the seat says so before the first write can be acknowledged',
      undo: 'none from here on: going back is another planned move',
      deadlineSeconds: 20,
    },
  ],
  [
    {
      name: 'shift-traffic',
      stage: Stage.admit,
      modes: both,
      does: 'gives the public name to the new zone, a planned move’s step by step',
      verifies: 'the weights are read back, the seat is read again',
      undo: 'the traffic follows the seat',
      deadlineSeconds: 30,
    },
  ],
  [
    {
      name: 'guard-traffic',
      stage: Stage.admit,
      modes: [planned],
      inSteps: true,
      does: 'looks at each step whether the new zone serves well, before the next one',
      verifies: 'samples from after the step: errors, latency, capacity; too few say nothing',
      undo: 'the traffic goes back to the old zone, the writer stays, with the reason',
      deadlineSeconds: 60,
    },
  ],
  [
    {
      name: 'verify-service',
      stage: Stage.verify,
      modes: both,
      does: 'goes the way of a client',
      verifies: 'weights, API and a writable store in the new zone',
      undo: changesNothing,
      deadlineSeconds: 30,
    },
  ],
  [
    {
      name: 'commit-failover',
      stage: Stage.verify,
      modes: both,
      does: 'releases the seat with the new writer',
      verifies: 'one conditional write',
      undo: 'a move that cannot be committed is settled by what the seat and the engines say',
      deadlineSeconds: 20,
    },
  ],
];
