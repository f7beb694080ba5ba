import type { Failure } from '../../lib/contract/payload';

/** `VerificationFailed: the data in az-b did not verify …`, from what Step Functions hands on. */
export const failureSentence = (failure: Failure): string => {
  try {
    const cause = JSON.parse(failure.Cause) as { readonly errorMessage?: unknown };
    return `${failure.Error}: ${String(cause.errorMessage ?? failure.Cause)}`;
  } catch {
    return `${failure.Error}: ${failure.Cause}`;
  }
};
