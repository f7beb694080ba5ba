import { decide } from '../domain/decision/decide';
import type { CopiesRecord } from '../domain/consistency/record';
import { Automatic, storesOf } from '../domain/topology';
import type { DecisionRecord } from '../ports/state-store';
import type { Weights } from '../ports/traffic';
import type { Connection } from './connection';
import { readWeights } from './public-name';
import type { Output } from './output';
import { takeSnapshot } from './snapshot';
import { buildStatus } from './status-report';
import { statusText } from './status-text';

/** How far back status looks for what shadow kept from being done. */
const RECENT = 20;

/** Weights that cannot be read are unknown; the rest of the status is worth showing all the same. */
const weightsOrUnknown = async (connection: Connection, output: Output): Promise<Weights | null> => {
  try {
    return await readWeights(connection);
  } catch (cause) {
    output.note(`traffic weights are unknown: ${String(cause)}`);
    return null;
  }
};

const recentInShadow = async ({ store, topology }: Connection): Promise<readonly DecisionRecord[]> =>
  topology.policy.automatic === Automatic.shadow ? store.recentDecisions(RECENT) : [];

const comparedCopies = async ({ store, topology }: Connection): Promise<readonly CopiesRecord[]> => {
  const newest = await Promise.all(storesOf(topology).map((each) => store.newestCopies(each)));
  return newest.filter((record) => record !== null);
};

export const status = async (
  connection: Connection,
  output: Output,
  options: { readonly json: boolean },
): Promise<void> => {
  const [snapshot, weights, recent, copies] = await Promise.all([
    takeSnapshot(connection),
    weightsOrUnknown(connection, output),
    recentInShadow(connection),
    comparedCopies(connection),
  ]);
  const decision = decide(snapshot);
  const report = buildStatus({ snapshot, decision, weights, recent, copies, where: connection.where });
  output.result(options.json ? JSON.stringify(report, null, 2) : statusText(report));
};
