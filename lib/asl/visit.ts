import type { HappenedEvent } from './history';
import type { Json } from './json';
import type { ExecutionPorts } from './ports';
import type { Scope } from './scope';

export interface Run {
  readonly ports: ExecutionPorts;
  readonly record: (event: HappenedEvent) => void;
  /** Of the execution. */
  readonly name: string;
}

/** A state that has been entered. */
export interface Visit {
  readonly run: Run;
  readonly scope: Scope;
  readonly name: string;
  readonly data: Json;
}

/** What a state hands on, and to whom; null = the end. */
export interface Step {
  readonly data: Json;
  readonly next: string | null;
}

export const nextOf = ({ Next }: { readonly Next?: string }): string | null => Next ?? null;
