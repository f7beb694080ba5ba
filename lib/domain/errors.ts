/**
 * The shallow tree of errors. `name` is what `ErrorEquals` in the state machines matches;
 * `retryable` says whether the same call may succeed later without anybody acting.
 */
export class EvacError extends Error {
  readonly retryable: boolean = false;
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Evac will not do it; the reason code, sentence and numbers are the same in log, CLI, report and API. */
export class Refused extends EvacError {
  constructor(
    readonly code: string,
    message: string,
    readonly numbers: Readonly<Record<string, number | string | null>> = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'Refused';
  }
}

/** An effect came with an epoch older than the one in force where it would have acted (I4). */
export class StaleEpoch extends EvacError {}

/** A condition was not reached before its deadline. */
export class DeadlineExceeded extends EvacError {
  override readonly retryable = true;
}

/** A store, host or control plane did not answer: its state is unknown. */
export class Unreachable extends EvacError {
  override readonly retryable = true;
}

/** The state store holds something Evac would never have written. Nothing is changed until a person looked. */
export class DamagedState extends EvacError {}

/** The configuration file is wrong; the message names file, path, what was found and what is allowed. */
export class InvalidConfiguration extends EvacError {}

/** What was switched does not hold what it must; before admission this rolls the operation back. */
export class VerificationFailed extends EvacError {}

/** A guard of the traffic said no after writes were admitted: the writer stays, the traffic does not go on. */
export class GuardBreached extends EvacError {}

/** A start whose input is wrong; the message names each field, what was found and what is allowed. */
export class InvalidRequest extends EvacError {}
