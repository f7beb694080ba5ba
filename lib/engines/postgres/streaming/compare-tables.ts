import { z } from 'zod';
import type { Chunk } from '../../../domain/consistency/reading';
import type { ChunkPage } from '../../../ports/consistency';
import type { NameKey } from '../../key-names';
import type { Row } from './connection';

/** One statement, answered or rejected by its deadline. */
export type Ask = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

export interface KeyColumn {
  /** Quoted as SQL needs it. */
  readonly column: string;
  readonly type: string;
}

export interface ComparedTable {
  /** Quoted, with its schema. */
  readonly name: string;
  /** Its primary key; without one the place of the row, which is the same at a physical copy. */
  readonly keys: readonly KeyColumn[];
  readonly hasKey: boolean;
}

/** Rows after one key up to and with another, by the order of the key; null = no end on that side. */
export interface RowRange {
  readonly table: ComparedTable;
  readonly after: readonly string[] | null;
  readonly upTo: readonly string[] | null;
}

const ownPlace: readonly KeyColumn[] = [{ column: 'ctid', type: 'tid' }];

/** Everything that holds rows of people: tables, partitions, and views that keep their rows. */
const tablesQuery = `
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name, c.relpersistence as persistence,
  (select json_agg(json_build_object('column', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod))
      order by k.place)
    from pg_index i cross join unnest(i.indkey::int2[]) with ordinality as k(number, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
    where i.indrelid = c.oid and i.indisprimary and i.indisvalid and k.place <= i.indnkeyatts) as keys
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by (quote_ident(n.nspname) || '.' || quote_ident(c.relname)) collate "C"`;

const tableRow = z.object({
  name: z.string(),
  persistence: z.string(),
  keys: z.array(z.object({ column: z.string(), type: z.string() })).nullable(),
});

const asTable = ({ name, keys }: z.infer<typeof tableRow>): ComparedTable =>
  keys === null ? { name, keys: ownPlace, hasKey: false } : { name, keys, hasKey: true };

const notesOn = ({ name, persistence, keys }: z.infer<typeof tableRow>): readonly string[] => {
  if (persistence === 'u') return [`${name} is unlogged: a standby has none of its rows, it is left out`];
  return keys === null ? [`${name} has no primary key: compared whole, its rows named by their place`] : [];
};

const readTables = async (ask: Ask) => {
  const rows = (await ask(tablesQuery, [])).map((row) => tableRow.parse(row));
  return {
    tables: rows.filter(({ persistence }) => persistence !== 'u').map(asTable),
    notes: rows.flatMap(notesOn),
  };
};

const list = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(', ')})`;

export const keyColumnsOf = ({ keys }: ComparedTable): string =>
  list(keys.map(({ column }) => `t.${column}`));

/** `array[t.a::text, t.b::text]`: the key as it is written in plans, items and reports. */
export const keyTextOf = ({ keys }: ComparedTable): string =>
  `array[${keys.map(({ column }) => `t.${column}::text`).join(', ')}]`;

const parameters = ({ keys }: ComparedTable, from: number): string =>
  list(keys.map(({ type }, index) => `($${from + index}::text)::${type}`));

/** The condition of a range and its values. */
export function conditionOf({ table, after, upTo }: RowRange): {
  readonly text: string;
  readonly values: readonly string[];
} {
  const columns = keyColumnsOf(table);
  const bounds = [
    ...(after === null ? [] : [{ sign: '>', key: after }]),
    ...(upTo === null ? [] : [{ sign: '<=', key: upTo }]),
  ];
  const parts = bounds.map(
    ({ sign }, index) => `${columns} ${sign} ${parameters(table, 1 + index * table.keys.length)}`,
  );
  return { text: ['true', ...parts].join(' and '), values: bounds.flatMap(({ key }) => key) };
}

/** The rows' name for people: the table, and where `id=17`. */
export const keyName = (table: ComparedTable, key: readonly string[], nameKey: NameKey): string =>
  nameKey(table.keys.map(({ column }, index) => `${column}=${key[index]}`).join(' '));

const rangeName = ({ table, after, upTo }: RowRange, nameKey: NameKey): string =>
  [
    table.name,
    ...(after === null ? [] : [`after ${keyName(table, after, nameKey)}`]),
    ...(upTo === null ? [] : [`up to ${keyName(table, upTo, nameKey)}`]),
  ].join(' ');

/** Each n-th key after one, so many: where chunks end. Reads the index, not the rows. */
async function readBounds(
  ask: Ask,
  table: ComparedTable,
  after: readonly string[] | null,
  every: { readonly items: number; readonly times: number },
): Promise<readonly (readonly string[])[]> {
  if (!table.hasKey) return [];
  const { text, values } = conditionOf({ table, after, upTo: null });
  const columns = table.keys.map(({ column }) => `t.${column}`).join(', ');
  const names = table.keys.map((_, index) => `key.k${index}::text`).join(', ');
  const aliases = table.keys.map(({ column }, index) => `t.${column} as k${index}`).join(', ');
  const rows = await ask(
    `select array[${names}] as key from (
       select ${aliases}, row_number() over (order by ${columns}) as place from ${table.name} t
       where ${text} order by ${columns} limit ${every.items * every.times}) key
     where key.place % ${every.items} = 0 order by key.place`,
    values,
  );
  return rows.map((row) => z.array(z.string()).parse(row['key']));
}

const cursor = z.object({ table: z.string(), after: z.array(z.string()).nullable() }).nullable();

/** So many chunks are asked for and compared together. */
const CHUNKS_A_PAGE = 8;

interface TablePart {
  readonly chunks: readonly Chunk[];
  /** Null when the table is done. */
  readonly last: readonly string[] | null;
}

interface Paging {
  readonly every: { readonly items: number; readonly times: number };
  readonly nameKey: NameKey;
}

const chunksOf = async (
  ask: Ask,
  table: ComparedTable,
  after: readonly string[] | null,
  { every, nameKey }: Paging,
): Promise<TablePart> => {
  const bounds = await readBounds(ask, table, after, every);
  const isWhole = bounds.length < every.times;
  const ends: readonly (readonly string[] | null)[] = isWhole ? [...bounds, null] : bounds;
  const chunks = ends.map((upTo, index): Chunk => {
    const range = { table, after: index === 0 ? after : (ends[index - 1] ?? null), upTo };
    return { name: rangeName(range, nameKey), place: range };
  });
  return { chunks, last: isWhole ? null : (bounds.at(-1) ?? null) };
};

/** The next chunks of the writer's tables, in the order of their names. */
export async function readPage(
  ask: Ask,
  after: unknown,
  { itemsAtMost, nameKey }: { readonly itemsAtMost: number; readonly nameKey: NameKey },
): Promise<ChunkPage> {
  const from = cursor.parse(after ?? null);
  const { tables, notes } = await readTables(ask);
  const left = from === null ? tables : tables.filter(({ name }) => name >= from.table);
  const chunks: Chunk[] = [];
  for (const table of left) {
    if (chunks.length >= CHUNKS_A_PAGE) return { chunks, next: { table: table.name, after: null }, notes };
    const begin = from?.table === table.name ? from.after : null;
    const every = { items: itemsAtMost, times: CHUNKS_A_PAGE - chunks.length };
    const found = await chunksOf(ask, table, begin, { every, nameKey });
    chunks.push(...found.chunks);
    if (found.last !== null) return { chunks, next: { table: table.name, after: found.last }, notes };
  }
  return { chunks, next: null, notes };
}
