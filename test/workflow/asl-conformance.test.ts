import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryEvent as Recorded } from '@aws-sdk/client-sfn';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { MACHINES } from '../../lib/contract/workflows';
import type { Scripted, ScriptedRun } from '../asl/scripted';
import { runScripted } from '../asl/scripted';
import type { LocalRegion } from '../lab/emulator/local-region';
import { eventually, startLocalRegion } from '../lab/emulator/local-region';
import type { Case } from './asl-cases';
import { CASES, nestedIn } from './asl-cases';

jest.setTimeout(120_000);

let region: LocalRegion;
let sfn: SFNClient;
const functions = new Map<string, string>();
let runs = 0;

beforeAll(async () => {
  region = await startLocalRegion();
  sfn = new SFNClient(region.client);
});
afterAll(async () => {
  sfn.destroy();
  await region.close();
});

const SCRIPT_FILE = 'asl-script.json';

/** Says the next line of its script; the lines said are counted in a file, since a time-out may leave a worker behind. */
const SPEAKER = (name: string): string => `
  const fs = require('node:fs');
  const { run, script } = JSON.parse(fs.readFileSync(process.env.TMPDIR + '/${SCRIPT_FILE}', 'utf8'));
  const said = process.env.TMPDIR + '/asl-said-' + run + '-${name}';
  fs.appendFileSync(said, '.');
  const lines = script['${name}'] ?? [];
  const line = lines[Math.min(fs.readFileSync(said, 'utf8').length, lines.length) - 1] ?? {};
  if (line.afterMs > 0) await new Promise((done) => setTimeout(done, line.afterMs));
  if (line.throws) throw Object.assign(new Error(line.throws.message), { name: line.throws.name });
  return line.returns ?? {};`;

const functionFor = async (name: string): Promise<string> => {
  const found = functions.get(name);
  if (found !== undefined) return found;
  const arn = await region.createFunction(`asl-${name}`, SPEAKER(name));
  functions.set(name, arn);
  // Its cold start would be longer than some of the scripts' pauses.
  await region.invoke(`asl-${name}`);
  return arn;
};

const placeholdersIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => String(name))),
];

const deploy = async (definition: unknown, nested: Scripted['nested'] = {}): Promise<string> => {
  let text = JSON.stringify(definition);
  for (const name of placeholdersIn(text)) {
    const arn = name in nested ? await deploy(nested[name]) : await functionFor(name);
    text = text.replaceAll(`\${${name}}`, arn);
  }
  const request = { name: `asl-${(runs += 1)}`, definition: text, roleArn: region.role };
  return String((await sfn.send(new CreateStateMachineCommand(request))).stateMachineArn);
};

/** What can be compared of a run: what each branch went through, in order, and how it ended. */
interface Seen {
  readonly states: Readonly<Record<string, readonly string[]>>;
  readonly status: string;
  readonly error: string | null;
  readonly cause: unknown;
  readonly output: unknown;
}

/** A Lambda's Cause is JSON with a trace on the emulator; a time-out's has words of its own there and none on AWS. */
const causeOf = (cause: unknown): unknown => {
  try {
    const { errorType, errorMessage } = JSON.parse(String(cause)) as Readonly<Record<string, unknown>>;
    return { errorType, errorMessage };
  } catch {
    return /^Task timed out/.test(String(cause)) ? '' : cause;
  }
};

/** The service words its own errors itself, and the emulator gives a timed-out execution none. */
const wordsOf = (status: string, error = '', cause = ''): Pick<Seen, 'error' | 'cause'> => {
  if (status === 'SUCCEEDED') return { error: null, cause: null };
  if (status === 'TIMED_OUT') return { error: 'by the status', cause: null };
  return { error, cause: error.startsWith('States.') ? null : causeOf(cause) };
};

/** Of a nested execution only its output is the machine's own doing: names, dates and ARNs are the service's. */
const comparable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if ('Status' in fields && 'Output' in fields)
    return { Status: fields['Status'], Output: comparable(fields['Output']) };
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      if (key === 'Cause') return [key, causeOf(field)];
      return [key, key === 'execution' ? 'its name' : comparable(field)];
    }),
  );
};

type Passage = readonly [state: string, passage: string];

const passage = (state: string, what: string, data: unknown): Passage => [
  state,
  `${what} ${state} with ${JSON.stringify(comparable(data))}`,
];

/** Branches run side by side: only the order within one is the machine's. */
const byBranch = (passages: readonly Passage[], branchOf: Case['branchOf']): Seen['states'] => {
  const groups: Record<string, string[]> = {};
  for (const [state, text] of passages) (groups[branchOf(state)] ??= []).push(text);
  return groups;
};

const seenHere = ({ ended, history }: ScriptedRun, branchOf: Case['branchOf']): Seen => {
  const passages = history.flatMap((event): Passage[] => {
    if (event.type === 'StateEntered') return [passage(event.name, 'enters', event.input)];
    if (event.type === 'StateExited') return [passage(event.name, 'leaves', event.output)];
    return [];
  });
  const isWell = ended.status === 'SUCCEEDED';
  return {
    states: byBranch(passages, branchOf),
    status: ended.status,
    ...(isWell ? wordsOf(ended.status) : wordsOf(ended.status, ended.error, ended.cause)),
    output: isWell ? comparable(ended.output) : null,
  };
};

const passageIn = (event: Recorded): readonly Passage[] => {
  const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
  if (entered !== undefined)
    return [passage(String(entered.name), 'enters', JSON.parse(String(entered.input)))];
  if (exited !== undefined)
    return [passage(String(exited.name), 'leaves', JSON.parse(String(exited.output)))];
  return [];
};

const seenThere = async (executionArn: string, branchOf: Case['branchOf']): Promise<Seen> => {
  const { status, error, cause, output } = await eventually(
    () => sfn.send(new DescribeExecutionCommand({ executionArn })),
    (found) => found.status !== 'RUNNING',
    30_000,
  );
  const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
  const isWell = status === 'SUCCEEDED';
  return {
    states: byBranch(events.flatMap(passageIn), branchOf),
    status: String(status),
    ...wordsOf(String(status), error, cause),
    output: isWell ? comparable(JSON.parse(String(output))) : null,
  };
};

const runThere = async (scripted: Case): Promise<Seen> => {
  const machineArn = await deploy(scripted.definition, nestedIn(scripted));
  const run = `run-${(runs += 1)}`;
  await writeFile(
    join(region.tmpFolder, SCRIPT_FILE),
    JSON.stringify({ run, script: scripted.script ?? {} }),
  );
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: machineArn,
      name: run,
      input: JSON.stringify(scripted.input ?? {}),
    }),
  );
  return seenThere(String(executionArn), scripted.branchOf);
};

describe('the interpreter does what the emulator does', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const here = seenHere(await runScripted(one), one.branchOf);
    const there = await runThere(one);
    expect(here).toEqual(there);
    // Two that both did nothing would agree, too.
    expect(Object.values(here.states).flat().length).toBeGreaterThanOrEqual(one.passages);
    expect(here.status).toBe(one.status);
  });
});

it('every machine of ours is among them', () => {
  const machines = new Set(CASES.flatMap(({ machine }) => machine ?? []));
  expect([...machines].sort()).toEqual(Object.keys(MACHINES).sort());
});
