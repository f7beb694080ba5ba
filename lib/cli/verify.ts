import type { CopiesRecord } from '../domain/consistency/record';
import { gravestVerdict } from '../domain/consistency/record';
import type { Repair } from '../domain/consistency/repair';
import type { CopiesVerdict } from '../domain/consistency/report';
import { InvalidRequest } from '../domain/errors';
import type { Store } from '../domain/topology';
import { storesOf } from '../domain/topology';
import { CopiesDiffer, CopiesNotKnown } from './cli-errors';
import { compareCopies } from './compare-copies';
import type { Connection } from './connection';
import type { Output } from './output';
import type { ReconcileOptions } from './reconcile';
import { findRepairs, reconcile, requireAllowed } from './reconcile';
import type { Repaired } from './repair-text';
import { repairedLines, repairLines } from './repair-text';
import { verifiedStore, verifyText } from './verify-text';

export interface VerifyOptions {
  readonly store?: readonly Store[];
  readonly reconcile?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
  readonly timeoutSeconds: number;
}

const storesFor = ({ topology }: Connection, asked: readonly Store[] | undefined): readonly Store[] => {
  const known = storesOf(topology);
  const absent = (asked ?? []).filter((store) => !known.includes(store));
  if (absent.length > 0)
    throw new InvalidRequest(`--store ${absent.join(' ')}: this deployment has ${known.join(', ')}`);
  return asked ?? known;
};

const endAs = (verdict: CopiesVerdict, whatToDo: string): void => {
  if (verdict === 'different') throw new CopiesDiffer(whatToDo);
  if (verdict === 'unknown')
    throw new CopiesNotKnown('not everything could be compared, so nothing is proven; see "not known" above');
};

interface Shown {
  readonly records: readonly CopiesRecord[];
  /** Before the comparison; in the JSON document by their names. */
  readonly planned?: readonly Repair[];
  readonly repaired?: readonly Repaired[];
}

/** Prints what was found and done; answers the gravest verdict. */
const show = (output: Output, isJson: boolean, { records, ...repairs }: Shown): CopiesVerdict => {
  const stores = records.map(verifiedStore);
  const verdict = gravestVerdict(stores.map((result) => result.verdict));
  const { planned = [], repaired = [] } = repairs;
  const lines = [...planned.flatMap(repairLines), ...repaired.flatMap(repairedLines), verifyText(stores)];
  output.result(isJson ? JSON.stringify({ verdict, ...repairs, stores }, null, 2) : lines.join('\n'));
  return verdict;
};

const reconcileOptions = (options: VerifyOptions, stores: readonly Store[]): ReconcileOptions => ({
  stores,
  timeoutMs: options.timeoutSeconds * 1_000,
  ...(options.reason === undefined ? {} : { reason: options.reason }),
  ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
});

const repair = async (
  connection: Connection,
  output: Output,
  options: VerifyOptions,
  stores: readonly Store[],
): Promise<void> => {
  const how = reconcileOptions(options, stores);
  const isJson = options.json === true;
  const found = await findRepairs(connection, output, how);
  if (how.dryRun === true) {
    const verdict = show(output, isJson, found);
    for (const each of found.planned) await requireAllowed(connection, output, each, how);
    return endAs(
      verdict,
      'nothing was changed; with a --reason and without --dry-run it is compared again, and this is done',
    );
  }
  for (const each of found.planned) output.note(repairLines(each).join('\n'));
  const verdict = show(output, isJson, await reconcile(connection, output, how, found));
  endAs(
    verdict,
    'a copy is still not what its writer is (docs/runbooks.md#copies-differ); planned moves to it are refused',
  );
};

const requireSense = ({ reconcile: repairs, dryRun, reason }: VerifyOptions): void => {
  if (repairs === true || (dryRun !== true && reason === undefined)) return;
  throw new InvalidRequest('--dry-run and --reason go with --reconcile; a comparison alone changes nothing');
};

/**
 * Compares the copies of each store and prints what was found. Changes nothing, but with `--reconcile` it makes what differs anew
 * from its writer.
 * @throws CopiesDiffer, CopiesNotKnown after the result was printed; Refused
 */
export const verify = async (
  connection: Connection,
  output: Output,
  options: VerifyOptions,
): Promise<void> => {
  requireSense(options);
  const stores = storesFor(connection, options.store);
  if (options.reconcile === true) return repair(connection, output, options, stores);
  const timeoutMs = options.timeoutSeconds * 1_000;
  const records = await compareCopies(connection, output, { stores, timeoutMs });
  const verdict = show(output, options.json === true, { records });
  endAs(
    verdict,
    'a copy is not what its writer is. The writer is the truth while it serves: evac verify --reconcile makes the copy anew and keeps what it had (docs/runbooks.md#copies-differ)',
  );
};
