import type { Operation } from '../../lib/domain/protocol/seat';
import { OutcomeResult as R, Phase as P } from '../../lib/domain/protocol/seat';
import { Store } from '../../lib/domain/topology';
import { admitWrites } from '../admit-writes/admit-writes';
import { fenceWriters } from '../fence-writers/fence-writers';
import { shiftAllTraffic } from '../shift-traffic/shift-traffic';
import { switchKafka } from '../switch-kafka/switch-kafka';
import { switchObjects } from '../switch-objects/switch-objects';
import { switchPostgres } from '../switch-postgres/switch-postgres';
import { switchRedis } from '../switch-redis/switch-redis';
import { verifyData } from '../verify-data/verify-data';
import { verifyHealth } from '../verify-health/verify-health';
import { verifyService } from '../verify-service/verify-service';
import { toRef } from './adopt';
import { commit } from './commit';
import type { Ports } from './ports';
import type { Settled } from './settled';
import type { StepDefinition } from './step';
import { runStep } from './step';

/** The new epoch must be in force in the store before anything is verified against it (I4); the phase stays. */
const raiseEpoch = ({ name, deadlineMs, act }: StepDefinition): StepDefinition => ({ name, deadlineMs, act });

const SWITCH: Readonly<Record<Store, StepDefinition>> = {
  [Store.postgres]: switchPostgres,
  [Store.redis]: switchRedis,
  [Store.kafka]: switchKafka,
  [Store.objects]: switchObjects,
};

/**
 * Without a synchronous standby the old writer is held back by power or by nothing: it may be up again, or an undoing may
 * have begun to let it go on. So the fence is made again before anything is promoted or admitted (I1).
 */
const fenceAgain: StepDefinition = {
  name: fenceWriters.name,
  deadlineMs: fenceWriters.deadlineMs,
  act: fenceWriters.act,
};

const VERIFY = [verifyHealth, verifyData];
const SERVE = [admitWrites, shiftAllTraffic, verifyService];

const stepsFrom = ({ phase, stores, eligibleBefore, to }: Operation): readonly StepDefinition[] => {
  if (phase === P.admitted) return SERVE;
  const fence = stores.every((store) => eligibleBefore[store] === to) ? [] : [fenceAgain];
  // The phase is entered once: a store that commits last ends it, whichever is asked after that.
  const switching = stores
    .map((store) => SWITCH[store])
    .map((step, index) => (phase === P.switched || index > 0 ? raiseEpoch(step) : step));
  return [...fence, ...switching, ...VERIFY, ...SERVE];
};

/** Finishes what was taken over: every step is a desired state, so those that were done already only find it so. */
export const goForward = async (ports: Ports, operation: Operation, why: string): Promise<Settled> => {
  const input = { operation: toRef(operation) };
  for (const step of stepsFrom(operation)) await runStep(step, input, ports);
  const reason = `finished after: ${why}`;
  await commit(ports, operation.epoch, R.completed, { why: `${operation.reason}; ${reason}` });
  return { result: R.completed, reason, epoch: operation.epoch };
};
