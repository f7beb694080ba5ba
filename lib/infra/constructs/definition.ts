import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Placeholders of a definition and the contract's map do not agree: a step would run nothing, or another's Lambda. */
class PlaceholderMismatch extends Error {
  constructor(machine: string, missing: readonly string[], unused: readonly string[]) {
    const parts = [
      ...(missing.length > 0 ? [`not in lib/contract/workflows.ts: ${missing.join(', ')}`] : []),
      ...(unused.length > 0 ? [`not in statemachines/${machine}.asl.json: ${unused.join(', ')}`] : []),
    ];
    super(`Placeholders of the state machine "${machine}" do not match; ${parts.join('; ')}.`);
    this.name = 'PlaceholderMismatch';
  }
}

interface State {
  readonly Resource?: string | undefined;
  readonly TimeoutSeconds?: number | undefined;
  readonly Branches?: readonly States[] | undefined;
}
interface States {
  readonly States: Readonly<Record<string, State>>;
}
const statesSchema: z.ZodType<States> = z.lazy(() =>
  z.object({
    States: z.record(
      z.string(),
      z.object({
        Resource: z.string().optional(),
        TimeoutSeconds: z.number().optional(),
        Branches: z.array(statesSchema).optional(),
      }),
    ),
  }),
);

const PLACEHOLDER = /\$\{(\w+)\}/g;

export const placeholdersOf = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name as string));

/** @throws PlaceholderMismatch unless both name exactly the same */
export function requireSamePlaceholders(machine: string, text: string, provided: readonly string[]): void {
  const used = placeholdersOf(text);
  const missing = [...used].filter((name) => !provided.includes(name));
  const unused = provided.filter((name) => !used.has(name));
  if (missing.length > 0 || unused.length > 0) throw new PlaceholderMismatch(machine, missing, unused);
}

const tasksOf = (definition: States): readonly State[] =>
  Object.values(definition.States).flatMap((state) => [state, ...(state.Branches ?? []).flatMap(tasksOf)]);

/** Seconds that each placeholder's task may take: its Lambda gets the same, so that it does not outlive its task for long. */
export function taskTimeoutsSeconds(text: string): ReadonlyMap<string, number> {
  const timeouts = new Map<string, number>();
  for (const task of tasksOf(statesSchema.parse(JSON.parse(text)))) {
    const [name] = placeholdersOf(task.Resource ?? '');
    if (name === undefined || task.TimeoutSeconds === undefined) continue;
    timeouts.set(name, Math.max(task.TimeoutSeconds, timeouts.get(name) ?? 0));
  }
  return timeouts;
}

export const readDefinition = (projectFolder: string, machine: string): string =>
  readFileSync(join(projectFolder, 'statemachines', `${machine}.asl.json`), 'utf8');
