import type { Clause } from '../../../lib/domain/protocol/clauses';
import type { SeatEventType } from '../../../lib/domain/protocol/transitions';
import { TRANSITIONS } from '../../../lib/domain/protocol/transitions';
import { guardedPatch } from '../../../lib/domain/protocol/walk';
import { markdownTable } from '../../support/markdown-table';
import type { Sample } from './samples';
import { ALL_SAMPLES, SAMPLES } from './samples';

export const DOCUMENT = 'docs/protocol.md';
export const REGENERATE = 'node --import tsx test/domain/protocol/write.ts';

const EVENTS = Object.keys(TRANSITIONS) as readonly SeatEventType[];

const edgesOf = (event: SeatEventType): readonly string[] => {
  const { from, to, ways = [] } = TRANSITIONS[event];
  if (to !== 'as given') return from.map((phase) => `  ${phase} --> ${to}: ${event}`);
  return ways.map(([before, after]) => `  ${before} --> ${after}: ${event}`);
};

const diagram = (): string => ['stateDiagram-v2', '  [*] --> idle', ...EVENTS.flatMap(edgesOf)].join('\n');

const guardsOf = ({ event }: Sample): string =>
  guardedPatch(event)
    .guards.map(({ name }) => name)
    .join(', ');

const setsOf = ({ event }: Sample): string => Object.keys(guardedPatch(event).patch).join(', ');

const rowsOf = (event: SeatEventType): readonly (readonly string[])[] => {
  const { from, to, why } = TRANSITIONS[event];
  return SAMPLES[event].map((sample) => [
    sample.when === '' ? event : `${event}: ${sample.when}`,
    from.length > 6 ? 'any' : from.join(', '),
    to,
    guardsOf(sample),
    setsOf(sample),
    why,
  ]);
};

/** The test, without the sample's own values. */
const testOf = ({ path, op }: Clause): string => `\`${path}\` ${op} …`;

const distinct = (values: readonly string[]): string => [...new Set(values)].join(', ');

const clauses = (): readonly (readonly string[])[] => {
  const all = ALL_SAMPLES.flatMap(({ event }) => guardedPatch(event).guards);
  const names = [...new Set(all.map(({ name }) => name))];
  return names.map((name) => {
    const own = all.filter((clause) => clause.name === name);
    return [name, distinct(own.map(testOf)), distinct(own.map(({ refusal }) => refusal.code))];
  });
};

/** The whole file, drawn from the table that the stores and the walker use. */
export const protocolDocument = (): string =>
  [
    '# The protocol of the seat',
    `Generated from \`lib/domain/protocol/transitions.ts\` by \`${REGENERATE}\`; a test fails when the two differ.`,
    'One item says who may write. Everything that may happen to it is a row below: an event, the guards of its conditional write, and what it sets. A state of the diagram is the phase of the operation that holds the seat; `idle` = none does. `end-drill` leaves the phase as it is.',
    `\`\`\`mermaid\n${diagram()}\n\`\`\``,
    '## Rows',
    markdownTable(['event', 'from', 'to', 'guards', 'sets', 'why'], EVENTS.flatMap(rowsOf)),
    '`as given`: the event names the next phase; the ways that are gone are those of the diagram, and the crash tests see no other.',
    '## Guards',
    'The DynamoDB store compiles them to a condition expression, the memory store evaluates them. The code is what the refused caller is told, with the seat that won.',
    markdownTable(['guard', 'test', 'refusal'], clauses()),
  ]
    .join('\n\n')
    .concat('\n');
