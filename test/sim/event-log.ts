import { createHash } from 'node:crypto';

/** What happened, one line each, for people and for comparing two runs byte for byte. */
export interface EventLog {
  note(who: string, what: string): void;
  lines(): readonly string[];
  /** SHA-256 over all lines. */
  digest(): string;
}

export const createEventLog = (nowMs: () => number): EventLog => {
  const lines: string[] = [];
  return {
    note: (who, what) => void lines.push(`${(nowMs() / 1000).toFixed(3).padStart(8)} ${who}: ${what}`),
    lines: () => lines,
    digest: () => createHash('sha256').update(lines.join('\n')).digest('hex'),
  };
};
