import { DeadlineExceeded, EvacError, Refused, Unreachable } from '../../lib/domain/errors';

/** A call by which shipped code leaves its process, as plain data. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly key: string;
}

/** What it comes back with. The key says all of it that any code may depend on. */
export type Answer =
  { readonly key: string; readonly value: unknown } | { readonly key: string; readonly error: Error };

const known = new Map<string, Call>();
const byId: Call[] = [];

/** The same call is always the same object, with a small number. */
export const callNamed = (name: string, args: readonly unknown[]): Call => {
  const key = `${name} ${JSON.stringify(args)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const call = { id: byId.length, name, args, key };
  known.set(key, call);
  byId.push(call);
  return call;
};

export const callOfId = (id: number): Call => {
  const call = byId[id];
  if (call === undefined) throw new Error(`there is no call ${id}`);
  return call;
};

export const told = (key: string, value: unknown): Answer => ({ key, value });

/** Which kind of error it is matters to the code, its sentence does not. */
const errorKey = (error: Error): string => (error instanceof Refused ? `Refused(${error.code})` : error.name);

export const failed = (error: Error): Answer => ({ key: errorKey(error), error });

export const DONE = told('done', undefined);
export const SILENT = failed(new DeadlineExceeded('no answer within the time given'));
export const GONE = failed(new Unreachable('it does not answer'));
export const refusedAs = (code: string): Answer => failed(new Refused(code, `refused: ${code}`));

export const isError = (answer: Answer): answer is Extract<Answer, { error: Error }> => 'error' in answer;
export const isEvacError = (error: unknown): error is EvacError => error instanceof EvacError;
