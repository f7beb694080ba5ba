import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { Env } from '../../contract/environment';
import { functionName, witnessFunctionName } from '../../contract/names';
import { LOOPS } from '../../contract/workflows';
import type { Topology, WitnessId } from '../../domain/topology';
import { witnessesOf } from '../../domain/topology';
import type { HandlerName } from '../bundling/handler-folders';
import { HANDLER_NAMES } from '../bundling/handler-folders';
import type { Grant } from '../iam/grants';
import type { Need } from '../iam/needs';
import { needsOf } from '../iam/needs';
import { HandlerFunction } from './handler-function';
import type { Network } from './network';

/** A loop hands over to its successor, which may come 120 s after it: schedules fire anywhere inside their minute. */
const LOOP_ENVIRONMENT = { [Env.loopLimitMs]: String(130_000) };
const LOOP_TIMEOUT_SECONDS = 150;
const WITNESS_MEMORY_MB = 256;
const STEP_MEMORY_MB = 512;
/** Handlers that no state machine times out: intake asks for a fresh round, reconcile ends and starts executions. */
const TRIGGER_TIMEOUT_SECONDS = 60;

export interface HandlersProps {
  readonly topology: Topology;
  readonly network: Network;
  readonly code: lambda.Code;
  /** What every one of them gets. */
  readonly environment: Record<string, string>;
  readonly stepTimeoutSeconds: (name: HandlerName) => number | undefined;
  readonly grants: Readonly<Record<Need, Grant>>;
}

const isInVpc = (need: Need): boolean => need === 'stores' || need === 'apis';

/** Every Lambda of the deployment: one a handler folder, and the witness once in each zone and once in the Region. */
export class Handlers extends Construct {
  readonly witnesses: ReadonlyMap<WitnessId, lambda.Function>;
  private readonly byName = new Map<HandlerName, lambda.Function>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: HandlersProps,
  ) {
    super(scope, id);
    const ids = witnessesOf(props.topology);
    this.witnesses = new Map(ids.map((witness) => [witness, this.createWitness(witness)]));
    for (const name of HANDLER_NAMES)
      if (name !== 'probe-zone') this.byName.set(name, this.createHandler(name));
  }

  get(name: HandlerName): lambda.Function {
    const found = this.byName.get(name);
    if (found === undefined) throw new Error(`${name} is no single Lambda: it exists once for each witness.`);
    return found;
  }

  all(): readonly lambda.Function[] {
    return [...this.witnesses.values(), ...this.byName.values()];
  }

  private createWitness(witness: WitnessId): lambda.Function {
    const { topology, network, code, environment } = this.props;
    const created = new HandlerFunction(this, `probe-zone-${witness}`, {
      functionName: witnessFunctionName(topology.workload, witness),
      description: `Evac ${topology.workload}: witness ${witness}, probes every target and decides`,
      code,
      entry: 'probe-zone',
      environment: { ...environment, ...LOOP_ENVIRONMENT, [Env.zone]: witness },
      timeoutSeconds: LOOP_TIMEOUT_SECONDS,
      memoryMb: WITNESS_MEMORY_MB,
      placement: network.witness(witness),
    });
    return this.granted('probe-zone', created.function);
  }

  private createHandler(name: HandlerName): lambda.Function {
    const { topology, network, code, environment, stepTimeoutSeconds } = this.props;
    const isLoop = LOOPS.includes(name);
    const created = new HandlerFunction(this, name, {
      functionName: functionName(topology.workload, name),
      description: `Evac ${topology.workload}: ${name}`,
      code,
      entry: name,
      environment: { ...environment, ...(isLoop ? LOOP_ENVIRONMENT : {}) },
      timeoutSeconds: isLoop ? LOOP_TIMEOUT_SECONDS : (stepTimeoutSeconds(name) ?? TRIGGER_TIMEOUT_SECONDS),
      memoryMb: STEP_MEMORY_MB,
      placement: needsOf(name).some(isInVpc) ? network.stores : undefined,
    });
    return this.granted(name, created.function);
  }

  private granted(name: HandlerName, handler: lambda.Function): lambda.Function {
    for (const need of needsOf(name)) this.props.grants[need](handler);
    return handler;
  }
}
