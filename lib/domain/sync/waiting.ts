import type { Store } from '../topology';
import { STORE_LABEL } from '../topology';
import type { SourceReport, SyncReport } from './report';
import { SourceStatus } from './source';

export interface Waiting {
  /** What is not there yet, one sentence a source; empty: all are in sync. */
  readonly for: readonly string[];
  /** Sources that will not come by themselves: a person keeps them away. */
  readonly held: readonly SourceReport[];
}

/** What somebody who waits for these stores to be in sync is waiting for. */
export const waitingFor = ({ sources }: SyncReport, stores: readonly Store[]): Waiting => {
  const late = Object.values(sources).filter(
    ({ component, status }) => stores.includes(component) && status !== SourceStatus.inSync,
  );
  return {
    for: late.map(({ component, status, reason }) => `${STORE_LABEL[component]} (${status}: ${reason})`),
    held: late.filter(({ held }) => held !== null),
  };
};
