import { EvacError } from '../domain/errors';

/** A tool of the machine (ip, nft, apt-get …) ended with an error or past its deadline. */
export class CommandFailed extends EvacError {
  constructor(
    message: string,
    readonly exitCode: number | null,
    readonly stderr: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The lab's name, or a zone's, cannot be one: it becomes part of interface, cgroup and folder names. */
export class LabNameRefused extends EvacError {}

/** Something of this lab is already there; a second `up` would mix two labs. */
export class LabAlreadyUp extends EvacError {}

/** Somebody else's drill or table plays in this lab: each would take what the other does for its own. */
export class LabInUse extends EvacError {
  override readonly retryable = true;
}

/** The lab, or the part of it that is asked for, is not there. */
export class LabNotUp extends EvacError {}

/** Not everything that the lab made could be ended; the record is kept, so that it can be tried again. */
export class LeftBehind extends EvacError {
  override readonly retryable = true;
  constructor(
    readonly leftovers: readonly string[],
    options?: { readonly cause?: unknown },
  ) {
    super(`${leftovers.length} thing(s) of the lab could not be ended: ${leftovers.join('; ')}`, options);
  }
}

/** What should be kept does not fit beside what replaces it. Nothing was changed. */
export class NoRoom extends EvacError {}

/** The machine lacks parts that were not to be, or could not be, installed. Nothing was started. */
export class PartsMissing extends EvacError {
  constructor(
    readonly parts: readonly { readonly name: string; readonly how: readonly string[] }[],
    options?: { readonly cause?: unknown },
  ) {
    const lines = parts.map(({ name, how }) => `  ${name}:\n${how.map((step) => `    ${step}`).join('\n')}`);
    super(
      `the lab needs what this machine lacks; nothing was started. To get it:\n${lines.join('\n')}`,
      options,
    );
  }
}
