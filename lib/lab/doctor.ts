import type { Machine } from './machine';
import type { Part, Wanted } from './parts';
import { findParts, missingParts } from './parts';

/** What `evac doctor` prints. */
export interface Diagnosis {
  readonly parts: readonly Part[];
  /** True when the lab can be started as the machine is. */
  readonly ready: boolean;
  /** One line a part: found or missing, where, which version. */
  readonly lines: readonly string[];
  /** The commands that get what is missing, in order, each once; to be copied. */
  readonly commands: readonly string[];
}

const lineOf = ({ name, found, version }: Part): string =>
  `${found === null ? 'missing' : 'ok     '}  ${name.padEnd(20)}${[version, found].filter((each) => each !== null).join('  ')}`.trimEnd();

/** Looks, and changes nothing. */
export function doctor(machine: Machine, wanted?: Wanted): Diagnosis {
  const parts = findParts(machine, wanted);
  const missing = missingParts(parts);
  return {
    parts,
    ready: missing.length === 0,
    lines: parts.map(lineOf),
    commands: [...new Set(missing.flatMap(({ how }) => how))],
  };
}
