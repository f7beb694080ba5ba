import type { ChunkDigest, Damaged, ItemDigest, Unread } from '../../../domain/consistency/reading';
import type { ItemState } from '../../../domain/consistency/sighting';
import type { Ask, ComparedTable, RowRange } from './compare-tables';
import { conditionOf, keyTextOf } from './compare-tables';
import type { Row } from './connection';
import { codeOf } from './failure';

/**
 * A row's whole content as text with the transaction that wrote it: at a physical copy both are the same, so that two
 * states of one row never look alike. The sum over rows depends on no order and cannot overflow.
 */
const rowDigest = `hashtextextended(((t.*)::text || ' ' || t.xmin::text) collate "C", 0)`;
/** No two versions of a row are at one place and of one transaction. */
const rowVersion = `t.xmin::text || ' ' || t.ctid::text`;

/** A range that grew, or a table without a key, must not fill the memory. */
const LISTED_AT_MOST = 100_000;

/** Data that the server itself finds broken: damaged, lost or unreadable files (XX, 58), contents that are no value of their type (22). */
const damage = /^(XX|58|22)/;

export const asUnread = (cause: unknown): Damaged | Unread => {
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (code === null) return { state: 'unknown', words: message };
  return { state: damage.test(code) ? 'damaged' : 'unknown', words: `${message} (${code})` };
};

export async function readDigest(ask: Ask, range: RowRange): Promise<ChunkDigest> {
  const { text, values } = conditionOf(range);
  const query = `select count(*)::float8 as count, coalesce(sum(${rowDigest}), 0)::text as hash
    from ${range.table.name} t where ${text}`;
  const [row] = await ask(query, values);
  return { count: Number(row?.['count']), hash: String(row?.['hash']) };
}

const keyOf = (row: Row): string => JSON.stringify(row['key']);

/** @throws RangeError when there are more than may be listed. */
export async function listRows(ask: Ask, range: RowRange): Promise<readonly ItemDigest[]> {
  const { table } = range;
  const { text, values } = conditionOf(range);
  const query = `select ${keyTextOf(table)} as key, ${rowDigest}::text as digest from ${table.name} t
    where ${text} limit ${LISTED_AT_MOST + 1}`;
  const rows = await ask(query, values);
  if (rows.length > LISTED_AT_MOST)
    throw new RangeError(`more than ${LISTED_AT_MOST} rows: which of them differ is not looked at`);
  return rows.map((row) => ({ key: keyOf(row), digest: String(row['digest']) }));
}

const parsedKey = (key: string): readonly string[] => JSON.parse(key) as readonly string[];

async function readTogether(
  ask: Ask,
  table: ComparedTable,
  keys: readonly string[],
): Promise<readonly (readonly [string, ItemState])[]> {
  const parts = keys.map(parsedKey);
  const lists = table.keys.map((_, index) => parts.map((part) => part[index]));
  const wanted = table.keys.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const names = table.keys.map((_, index) => `k${index}`).join(', ');
  const meets = table.keys.map(({ column, type }, index) => `t.${column} = wanted.k${index}::${type}`);
  const rows = await ask(
    `select ${keyTextOf(table)} as key, ${rowDigest}::text as digest, ${rowVersion} as version
     from unnest(${wanted}) as wanted(${names}) join ${table.name} t on ${meets.join(' and ')}`,
    lists,
  );
  return rows.map((row) => [
    keyOf(row),
    { state: 'present', digest: String(row['digest']), version: String(row['version']) },
  ]);
}

/** One unreadable row hides its neighbours: halves are asked for until it is alone. */
async function readOrHalve(
  ask: Ask,
  table: ComparedTable,
  keys: readonly string[],
): Promise<readonly (readonly [string, ItemState])[]> {
  try {
    return await readTogether(ask, table, keys);
  } catch (cause) {
    const unread = asUnread(cause);
    if (unread.state === 'unknown' || keys.length === 1) return keys.map((key) => [key, unread]);
    const middle = Math.floor(keys.length / 2);
    const first = await readOrHalve(ask, table, keys.slice(0, middle));
    return [...first, ...(await readOrHalve(ask, table, keys.slice(middle)))];
  }
}

/** The rows of these keys as one side shows them now; those it does not have are absent. */
export async function readRows(
  ask: Ask,
  table: ComparedTable,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ItemState>> {
  const found = new Map(await readOrHalve(ask, table, keys));
  return new Map(keys.map((key) => [key, found.get(key) ?? { state: 'absent' }]));
}
