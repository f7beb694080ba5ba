import { EvacError } from '../../../domain/errors';

/** Kafka's error codes that Evac meets; the rest are shown by number. */
export const errorNames: Readonly<Record<number, string>> = {
  [-1]: 'UNKNOWN_SERVER_ERROR',
  1: 'OFFSET_OUT_OF_RANGE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_OR_FOLLOWER',
  7: 'REQUEST_TIMED_OUT',
  8: 'BROKER_NOT_AVAILABLE',
  9: 'REPLICA_NOT_AVAILABLE',
  13: 'NETWORK_EXCEPTION',
  19: 'NOT_ENOUGH_REPLICAS',
  20: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  35: 'UNSUPPORTED_VERSION',
  36: 'TOPIC_ALREADY_EXISTS',
  39: 'INVALID_REPLICA_ASSIGNMENT',
  41: 'NOT_CONTROLLER',
  56: 'KAFKA_STORAGE_ERROR',
  74: 'FENCED_LEADER_EPOCH',
  75: 'UNKNOWN_LEADER_EPOCH',
  80: 'PREFERRED_LEADER_NOT_AVAILABLE',
  83: 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
  84: 'ELECTION_NOT_NEEDED',
};

/** Leaders or the controller are moving, or a replica is away: the same call may succeed in a moment. */
const passing: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 9, 13, 19, 20, 41, 56, 74, 75, 80, 83]);

/** What a broker answered instead of doing what it was asked. */
export class KafkaAnswer extends EvacError {
  override readonly retryable: boolean;
  constructor(
    readonly errorCode: number,
    what: string,
    detail?: string | null,
  ) {
    const name = errorNames[errorCode] ?? `error ${errorCode}`;
    super(`${what}: ${name}${detail === undefined || detail === null ? '' : ` (${detail})`}`);
    this.retryable = passing.has(errorCode);
  }
}

/** @throws KafkaAnswer for any code but 0 and those that are fine here. */
export function requireNoError(
  errorCode: number,
  what: string,
  accepted: { readonly detail?: string | null; readonly also?: readonly number[] } = {},
): void {
  if (errorCode === 0 || accepted.also?.includes(errorCode) === true) return;
  throw new KafkaAnswer(errorCode, what, accepted.detail);
}
