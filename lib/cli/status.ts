import { decide } from '../domain/decision/decide';
import type { Weights } from '../ports/traffic';
import type { Connection } from './connection';
import { readWeights } from './public-name';
import type { Output } from './output';
import { takeSnapshot } from './snapshot';
import { buildStatus } from './status-report';
import { statusText } from './status-text';

/** Weights that cannot be read are unknown; the rest of the status is worth showing all the same. */
const weightsOrUnknown = async (connection: Connection, output: Output): Promise<Weights | null> => {
  try {
    return await readWeights(connection);
  } catch (cause) {
    output.note(`traffic weights are unknown: ${String(cause)}`);
    return null;
  }
};

export const status = async (
  connection: Connection,
  output: Output,
  options: { readonly json: boolean },
): Promise<void> => {
  const [snapshot, weights] = await Promise.all([
    takeSnapshot(connection),
    weightsOrUnknown(connection, output),
  ]);
  const report = buildStatus({ snapshot, decision: decide(snapshot), weights, where: connection.where });
  output.result(options.json ? JSON.stringify(report, null, 2) : statusText(report));
};
