import { userInfo } from 'node:os';
import { ulid } from 'ulid';
import type { RequestInput } from '../contract/payload';
import { refuseDifferentCopies, refuseUnprovenCopies } from '../domain/consistency/record';
import { sentenceOn } from '../domain/consistency/report';
import { assessRequest } from '../domain/decision/assess-request';
import type { Decision } from '../domain/decision/decision';
import { explainDecision } from '../domain/decision/explain';
import { ofStores } from '../domain/decision/of-stores';
import { InvalidRequest } from '../domain/errors';
import { placeOf } from '../domain/protocol/seat';
import type { Store } from '../domain/topology';
import { isCompared, leading, zonesOfRole } from '../domain/topology';
import { compareCopies } from './compare-copies';
import type { Connection } from './connection';
import { followExecution } from './follow-execution';
import { keepRefusal, refuse } from './keep-refusal';
import type { Output } from './output';
import { takeSnapshot } from './snapshot';

export interface MoveOptions {
  readonly to?: string;
  readonly only?: readonly Store[];
  readonly planned?: boolean;
  readonly emergency?: boolean;
  readonly reason?: string;
  readonly overrideCooldown?: boolean;
  readonly acceptLossSeconds?: number;
  readonly dryRun?: boolean;
  readonly skipVerify?: boolean;
  readonly json?: boolean;
  readonly timeoutSeconds: number;
}

const modeOf = ({ planned, emergency }: MoveOptions): RequestInput['mode'] => {
  if (planned === emergency)
    throw new InvalidRequest(
      'say how: --planned (no loss, both zones alive) or --emergency (the writer cannot be asked)',
    );
  return emergency === true ? 'emergency' : 'planned';
};

const reasonOf = ({ reason }: MoveOptions): string => {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new InvalidRequest('--reason is missing: say why, it is kept with the decision');
};

interface Start {
  readonly machine: 'failover' | 'rollback';
  readonly request: RequestInput;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * A planned move makes the standby the truth: the copies are compared before anything is claimed. The state machine looks at the
 * record of it, too, so that a start from the console is refused alike.
 * @throws Refused `copies-differ`, `copies-not-compared`
 */
const compareFirst = async (
  connection: Connection,
  output: Output,
  options: MoveOptions,
  { mode, stores: moving, from, to }: NonNullable<Decision['operation']>,
): Promise<void> => {
  const { beforePlanned, proofMs } = connection.topology.verify;
  if (mode !== 'planned' || beforePlanned === 'off' || options.skipVerify === true) return;
  const stores = moving.filter(isCompared);
  if (stores.length === 0) return;
  const records = await compareCopies(connection, output, {
    stores,
    timeoutMs: options.timeoutSeconds * 1_000,
  });
  for (const { report } of records) output.note(`  ${sentenceOn(report)}`);
  refuseDifferentCopies(records, { from, to });
  if (beforePlanned !== 'required') return;
  refuseUnprovenCopies(records, { from, to, stores, sinceMs: (await connection.store.nowMs()) - proofMs });
};

/** The same checks the state machine makes, first here: a refusal costs nothing and starts nothing. */
const run = async (
  connection: Connection,
  output: Output,
  options: MoveOptions,
  start: Start,
): Promise<void> => {
  const snapshot = await takeSnapshot(connection);
  const decision = assessRequest(snapshot, start.request);
  if (decision.operation === null) {
    if (options.dryRun !== true)
      await keepRefusal(connection, output, { snapshot, decision, request: start.request });
    return refuse(decision);
  }
  const plan = { machine: start.machine, input: start.input, decision };
  if (options.dryRun === true) {
    output.result(
      options.json === true
        ? JSON.stringify(plan, null, 2)
        : ['would start:', ...explainDecision(decision)].join('\n'),
    );
    return;
  }
  await compareFirst(connection, output, options, decision.operation);
  const name = `${connection.topology.workload}-h-${ulid()}`;
  output.note(`starting ${start.machine} ${name} in ${connection.where}`);
  await connection.workflows.start(start.machine, name, start.input);
  await followExecution(connection, output, {
    machine: start.machine,
    name,
    timeoutMs: options.timeoutSeconds * 1000,
  });
  const seat = await connection.store.readSeat();
  const { stores } = decision.operation;
  const writer = seat === null ? null : placeOf(seat, leading(stores)).writer;
  const summary = { execution: name, stores, writer, epoch: seat?.epoch ?? null };
  output.result(
    options.json === true
      ? JSON.stringify(summary, null, 2)
      : `done: the writer${ofStores(stores)} is ${writer}, epoch ${summary.epoch}`,
  );
};

const common = (options: MoveOptions) => ({
  reason: reasonOf(options),
  requestedBy: userInfo().username,
  ...(options.overrideCooldown === true ? { overrideCooldown: true } : {}),
});

export const failover = (connection: Connection, output: Output, options: MoveOptions): Promise<void> => {
  const { to, only, acceptLossSeconds } = options;
  if (to === undefined) throw new InvalidRequest('--to is missing: name the zone that shall take over');
  const loss = acceptLossSeconds === undefined ? {} : { acceptLossSeconds };
  const part = only === undefined ? {} : { only };
  const request: RequestInput = { to, mode: modeOf(options), ...common(options), ...part, ...loss };
  return run(connection, output, options, { machine: 'failover', request, input: { ...request } });
};

/** The way home: a planned move to the primary zone, whatever the writer is now. */
export const rollback = (connection: Connection, output: Output, options: MoveOptions): Promise<void> => {
  const [home = ''] = zonesOfRole(connection.topology, 'primary');
  const input = common(options);
  const request: RequestInput = { ...input, to: home, mode: 'planned', kind: 'rollback' };
  return run(connection, output, options, { machine: 'rollback', request, input });
};
