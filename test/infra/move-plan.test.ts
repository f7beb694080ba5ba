import type { OperationMode } from '../../lib/domain/protocol/seat';
import { planMove } from '../../lib/domain/plan/move-plan';
import { MACHINES } from '../../lib/contract/workflows';
import { readDefinition } from '../../lib/infra/constructs/definition';
import { Store } from '../../lib/domain/topology';
import { POLICY } from '../domain/decision/world';
import { projectFolder } from './synthesized';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly TimeoutSeconds?: number;
  readonly Choices?: readonly { readonly StringEquals: string; readonly Next: string }[];
  readonly Branches?: readonly { readonly States: Readonly<Record<string, State>> }[];
}

const { States: states } = JSON.parse(readDefinition(projectFolder, 'failover')) as {
  readonly States: Readonly<Record<string, State>>;
};
const folders: Readonly<Record<string, string>> = MACHINES.failover;

const taskOf = ([name, { TimeoutSeconds }]: readonly [string, State]) => ({
  name: folders[name],
  deadlineSeconds: TimeoutSeconds,
});

/** The turns of the state machine when nothing fails, a planned move's traffic in steps. */
const walk = (mode: OperationMode, at: string): readonly unknown[] => {
  const state = states[at];
  if (state === undefined || at === 'RecordOutcome') return [];
  const ways = mode === 'planned' ? [mode, 'yes'] : [mode];
  const chosen = state.Choices?.find(({ StringEquals }) => ways.includes(StringEquals))?.Next;
  const rest = walk(mode, chosen ?? state.Default ?? state.Next ?? '');
  if (state.Type === 'Task') return [[taskOf([at, state])], ...rest];
  if (state.Type !== 'Parallel') return rest;
  const tasks = (state.Branches ?? []).flatMap((branch) =>
    Object.entries(branch.States).filter(([, { Type }]) => Type === 'Task'),
  );
  return [tasks.map(taskOf), ...rest];
};

test.each<OperationMode>(['planned', 'emergency'])(
  'a %s move’s plan is what its state machine does',
  (mode) => {
    const stores = Object.values(Store);
    const { turns } = planMove({
      mode,
      stores,
      from: 'az-a',
      to: 'az-b',
      policy: POLICY,
      past: [],
      inSteps: true,
    });
    const planned = turns.map((turn) => turn.map(({ name, deadlineSeconds }) => ({ name, deadlineSeconds })));
    expect(planned).toEqual(walk(mode, 'Begin'));
  },
);
