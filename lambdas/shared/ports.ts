import type { ByStore } from '../../lib/domain/protocol/seat';
import type { SideStore, Topology } from '../../lib/domain/topology';
import type { Clock } from '../../lib/ports/clock';
import type { CopyAudit, CopyReader } from '../../lib/ports/consistency';
import type { Engine, Prober } from '../../lib/ports/engine';
import type { Functions } from '../../lib/ports/functions';
import type { Metrics } from '../../lib/ports/metrics';
import type { StateStore } from '../../lib/ports/state-store';
import type { Traffic } from '../../lib/ports/traffic';
import type { TrafficSamples } from '../../lib/ports/traffic-samples';
import type { Witnesses } from '../../lib/ports/witnesses';
import type { Workflows } from '../../lib/ports/workflows';

/** All that a Lambda's logic may use; made in `dependencies.ts`, replaced by memory adapters in tests. */
export interface Ports {
  readonly topology: Topology;
  readonly policyVersion: string;
  readonly store: StateStore;
  readonly postgres: Engine;
  /** The stores that the deployment has beside it. */
  readonly beside: Readonly<Partial<Record<SideStore, Engine>>>;
  /** What compares two copies of each store. */
  readonly copies: ByStore<CopyReader | CopyAudit>;
  readonly api: Prober;
  readonly host: Prober;
  /** Of the machines of the stores beside PostgreSQL. */
  readonly hostsBeside: Readonly<Partial<Record<SideStore, Prober>>>;
  readonly peer: Prober;
  readonly traffic: Traffic;
  readonly samples: TrafficSamples;
  readonly witnesses: Witnesses;
  readonly workflows: Workflows;
  readonly functions: Functions;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
}

/** Structured, one line each; never a secret. */
export interface Log {
  info(message: string, detail?: Readonly<Record<string, unknown>>): void;
  warn(message: string, detail?: Readonly<Record<string, unknown>>): void;
}
