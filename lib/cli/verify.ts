import { gravestVerdict } from '../domain/consistency/record';
import { InvalidRequest } from '../domain/errors';
import type { Store } from '../domain/topology';
import { isCompared, storesOf } from '../domain/topology';
import { CopiesDiffer, CopiesNotKnown } from './cli-errors';
import { compareCopies } from './compare-copies';
import type { Connection } from './connection';
import type { Output } from './output';
import { verifiedStore, verifyText } from './verify-text';

export interface VerifyOptions {
  readonly store?: readonly Store[];
  readonly json?: boolean;
  readonly timeoutSeconds: number;
}

const storesFor = ({ topology }: Connection, asked: readonly Store[] | undefined): readonly Store[] => {
  const known = storesOf(topology).filter(isCompared);
  const absent = (asked ?? []).filter((store) => !known.includes(store));
  if (absent.length > 0)
    throw new InvalidRequest(`--store ${absent.join(' ')}: this deployment has ${known.join(', ')}`);
  return asked ?? known;
};

/**
 * Compares the copies of each store and prints what was found. Changes nothing.
 * @throws CopiesDiffer, CopiesNotKnown after the result was printed
 */
export const verify = async (
  connection: Connection,
  output: Output,
  options: VerifyOptions,
): Promise<void> => {
  const stores = storesFor(connection, options.store);
  const records = await compareCopies(connection, output, {
    stores,
    timeoutMs: options.timeoutSeconds * 1_000,
  });
  const results = records.map(verifiedStore);
  const verdict = gravestVerdict(results.map((result) => result.verdict));
  output.result(
    options.json === true ? JSON.stringify({ verdict, stores: results }, null, 2) : verifyText(results),
  );
  if (verdict === 'different')
    throw new CopiesDiffer(
      'a copy is not what its writer is. The writer is the truth while it serves: rebuild the copy as in docs/runbooks.md#copies-differ, then compare again',
    );
  if (verdict === 'unknown')
    throw new CopiesNotKnown('not everything could be compared, so nothing is proven; see "not known" above');
};
