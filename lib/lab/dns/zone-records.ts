/** One A record set of the hosted zone, as Route 53 has it. */
export interface AddressRecord {
  /** Lower case, without the dot at the end. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ttlSeconds: number;
  /** null = not weighted. */
  readonly weight: number | null;
}

/** Where the records come from; the signal is its deadline. */
export interface RecordSource {
  read(signal: AbortSignal): Promise<readonly AddressRecord[]>;
  close(): void;
}

export const normalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/**
 * Route 53's rule for weighted records: each is chosen with weight / sum; weight 0 never, unless all are 0, then all
 * alike. `random` is in [0, 1).
 */
export const chooseRecord = (
  records: readonly AddressRecord[],
  random: number,
): AddressRecord | undefined => {
  const weights = records.map(({ weight }) => weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares =
    total === 0 ? weights.map(() => 1 / weights.length) : weights.map((weight) => weight / total);
  let passed = 0;
  const chosen = records.find((_, i) => {
    passed += shares[i] ?? 0;
    return random < passed && (shares[i] ?? 0) > 0;
  });
  // Sums of fractions may end a hair below 1.
  return chosen ?? records.findLast((_, i) => (shares[i] ?? 0) > 0);
};

export type Answer =
  | { readonly kind: 'addresses'; readonly record: AddressRecord }
  | { readonly kind: 'no-data' | 'no-such-name' | 'not-ours' };

export interface Question {
  readonly name: string;
  readonly wantsAddress: boolean;
}

/** What to answer, from the records alone. A name that exists without the asked type has no data, which is not NXDOMAIN. */
export const answerFor = (
  question: Question,
  zone: string,
  records: readonly AddressRecord[],
  random: number,
): Answer => {
  const name = normalName(question.name);
  const apex = normalName(zone);
  if (name !== apex && !name.endsWith(`.${apex}`)) return { kind: 'not-ours' };
  const mine = records.filter((record) => record.name === name);
  const isAncestor = records.some((record) => record.name.endsWith(`.${name}`));
  if (mine.length === 0) return { kind: name === apex || isAncestor ? 'no-data' : 'no-such-name' };
  const record = question.wantsAddress ? chooseRecord(mine, random) : undefined;
  return record === undefined ? { kind: 'no-data' } : { kind: 'addresses', record };
};
