import { admitWrites } from '../../lambdas/admit-writes/admit-writes';
import { fenceWriters } from '../../lambdas/fence-writers/fence-writers';
import type { Ports } from '../../lambdas/shared/ports';
import { enterPhase, readOperation } from '../../lambdas/shared/seat-access';
import type { StepContext, StepDefinition, StepInput } from '../../lambdas/shared/step';
import { runStep } from '../../lambdas/shared/step';
import { switchPostgres } from '../../lambdas/switch-postgres/switch-postgres';
import { byHand, switched, withoutStandby } from './beginnings';
import type { Bug } from './bug';
import { believedWell, spaceFor } from './bug';
import { LAMBDAS } from './lambdas';
import type { Rules } from './rules';

const withStep = (step: StepDefinition, act: StepDefinition['act']): Partial<Rules> => ({
  lambdas: {
    ...LAMBDAS,
    [step.name]: (input: StepInput, ports: Ports) => runStep({ ...step, act }, input, ports),
  },
});

const nothing = async (): Promise<Record<string, never>> => ({});

const promoteOnly = async ({ ports, operation, effect }: StepContext) => {
  await ports.postgres.ensureWriterIn(operation.to, effect);
  return { writer: operation.to };
};

/** The order turned round: the fence comes when the promotion is over. */
const promoteThenFence = async (context: StepContext) => {
  const { ports, operation, effect } = context;
  await ports.postgres.ensureWriterIn(operation.to, effect);
  await fenceWriters.act({ ...context, effect });
  const { seat: seen } = await readOperation(ports, operation.epoch);
  const nowMs = await ports.store.nowMs();
  const { epoch, stores } = operation;
  await ports.store.apply({ type: 'switch-writer', epoch, seen, stores, nowMs });
  return { writer: operation.to };
};

const admitThenCommit = async ({ ports, operation, effect }: StepContext) => {
  await ports.postgres.admitWrites(operation.to, effect);
  const nowMs = await ports.store.nowMs();
  await ports.store.apply({ type: 'admit', epoch: operation.epoch, seen: operation, nowMs });
  return { admitted: operation.to };
};

const actThenRegister = async (input: StepInput, ports: Ports): Promise<unknown> => {
  const { phase: entered, ...step } = fenceWriters;
  const detail = await runStep(step, input, ports);
  if (entered !== undefined) await enterPhase(ports, input.operation.epoch, entered);
  return detail;
};

const waiver = byHand({ mode: 'emergency', acceptLossSeconds: 60 });
const deadSource = (world: Parameters<ReturnType<typeof switched>>[0]): void => {
  switched()(world);
  world.zones['az-a'] = 'dead';
  world.servers['az-a'].running = false;
  world.servers['az-b'].running = false;
  world.diedAt['az-a'] = 6;
};

/** Bugs in the order and in the acts of the steps. */
export const BUGS_OF_STEPS: readonly Bug[] = [
  {
    id: 'no-fence',
    rule: 'I1',
    about: 'the old writer is not fenced before the promotion, nor after it',
    rules: withStep(fenceWriters, nothing),
    space: spaceFor('no fence', { budget: { writes: 1 }, people: [waiver], begin: withoutStandby }),
  },
  {
    id: 'promote-before-fence',
    rule: 'I2',
    about: 'the old writer is fenced after the promotion',
    rules: {
      lambdas: {
        ...LAMBDAS,
        ...withStep(fenceWriters, nothing).lambdas,
        'switch-postgres': (input: StepInput, ports: Ports) =>
          runStep({ ...switchPostgres, act: promoteThenFence }, input, ports),
      },
    },
    space: spaceFor('late fencing', { budget: { writes: 1 }, people: [waiver], begin: withoutStandby }),
  },
  {
    id: 'switch-is-not-committed',
    rule: '§3b.2',
    about: 'a promotion is called done before "writer = target" is in the seat',
    rules: withStep(switchPostgres, promoteOnly),
    space: spaceFor('switch', { people: [byHand()] }),
  },
  {
    id: 'admit-before-no-return',
    rule: 'I7',
    about: 'writes are admitted before the point of no return is in the seat',
    rules: withStep(admitWrites, admitThenCommit),
    space: spaceFor('admission', { people: [byHand()] }),
  },
  {
    id: 'compensation-registered-late',
    rule: 'I7',
    about: 'the fence acts first, and only then says that there is something to undo',
    rules: { lambdas: { ...LAMBDAS, 'fence-writers': actThenRegister } },
    space: spaceFor('late compensation', { budget: { crashes: 1 }, people: [byHand()] }),
  },
  {
    id: 'rollback-into-dead-zone',
    rule: 'I7',
    about: 'a move is undone without asking whether the old writer lives',
    rules: {
      tell: believedWell('az-a'),
    },
    space: spaceFor('dead source', { budget: { deaths: 1 }, begin: deadSource }),
  },
];
