import type { RequestInput } from '../../lib/contract/payload';
import { executionName } from '../../lib/contract/names';
import { decide } from '../../lib/domain/decision/decide';
import type { Act } from './clients';
import { summon } from './controllers';
import type { Explorer } from './explorer';
import { RECONCILE_DEAD, RECONCILE_STUCK, RESEAT } from './lambdas';
import { observationsOf } from './looking';
import { NOW_MS, topologyWith } from '../domain/decision/world';
import { seatOfId } from './seats';
import { startExecution } from './services';
import type { World } from './world';
import { spend } from './world';

/** Who starts something: witnesses, alarms, people, the outbox, the reconciler. */

const TOPOLOGY = topologyWith();
const decided = new Map<string, boolean>();

/** Whether a witness that decided now would claim: the others only log, and are no controllers. */
const wouldClaim = (world: World, { rules }: Explorer): boolean => {
  const { grid, rounds, truth, ahead } = world.looked;
  const key = `${rules.see(grid)} ${rounds.map((round) => round === 0).join()} ${truth} ${ahead} ${world.seat}`;
  const known = decided.get(key);
  if (known !== undefined) return known;
  const observations = observationsOf(world.looked, rules.see);
  const { kind } = decide({
    topology: TOPOLOGY,
    policyVersion: 'p1',
    seat: seatOfId(world.seat),
    observations,
    ageMs: Object.fromEntries(observations.map(({ witness }) => [witness, 1])),
    nowMs: NOW_MS,
    decidedBy: null,
  });
  const claims = kind === 'failover' || kind === 'act';
  decided.set(key, claims);
  return claims;
};

const witnessDecides: Act = {
  say: 'a witness begins to decide',
  act: (world, explorer) => {
    if (!explorer.rules.eager && !wouldClaim(world, explorer)) return false;
    if (!spend(world, 'witnesses')) return false;
    summon(world, explorer, 'probe-zone', null);
    return true;
  },
};

const alarmComes: Act = {
  say: 'an alarm comes in',
  act: (world, explorer) => {
    if (!spend(world, 'alarms')) return false;
    summon(world, explorer, 'intake-alarm', 'orders-errors');
    return true;
  },
};

const outboxRuns: Act = {
  say: "the table's stream calls start-claimed",
  act: (world, explorer) => {
    const { operation } = seatOfId(world.seat);
    const name = executionName('orders', operation?.epoch ?? 0);
    if (operation === null || operation.execution !== name || world.executions[name] !== undefined)
      return false;
    if (!spend(world, 'outbox')) return false;
    summon(world, explorer, 'start-claimed', [operation.epoch]);
    return true;
  },
};

const deathIsSeen: Act = {
  say: 'the execution has died, and reconcile-seat is called',
  act: (world, explorer) => {
    const { operation } = seatOfId(world.seat);
    if (operation === null || world.executions[operation.execution] !== 'failed') return false;
    if (!spend(world, 'deaths')) return false;
    summon(world, explorer, RECONCILE_DEAD, null);
    return true;
  },
};

const stuckIsSeen: Act = {
  say: 'no progress for the step deadline, and reconcile-seat is called',
  act: (world, explorer) => {
    if (seatOfId(world.seat).operation === null || !spend(world, 'stuck')) return false;
    summon(world, explorer, RECONCILE_STUCK, null);
    return true;
  },
};

const behindIsSeen: Act = {
  say: 'a person sees the seat behind the engines, and starts reconcile-seat',
  act: (world, explorer) => {
    if (world.looked.ahead === 0 || !spend(world, 'reseats')) return false;
    summon(world, explorer, RESEAT, null);
    return true;
  },
};

const describe = ({ mode, to, overrideCooldown, acceptLossSeconds }: RequestInput): string =>
  `${mode} to ${to}${overrideCooldown === true ? ', overriding the cooldown' : ''}` +
  `${acceptLossSeconds === undefined ? '' : ', accepting a loss'}`;

/** People start what the space says, in that order. */
export const personActs = (requests: readonly RequestInput[]): readonly Act[] =>
  requests.map((request, index) => ({
    say: `a person starts a move: ${describe(request)}`,
    act: (world, explorer) => {
      if (world.budget.humans !== requests.length - index) return false;
      spend(world, 'humans');
      const name = `by-hand-${index + 1}`;
      startExecution(world, explorer, { machine: 'failover', name, input: request });
      return true;
    },
  }));

export const START_ACTS: readonly Act[] = [
  witnessDecides,
  alarmComes,
  outboxRuns,
  deathIsSeen,
  stuckIsSeen,
  behindIsSeen,
];
