import { ulid } from 'ulid';
import type { RequestInput } from '../../contract/payload';
import type { Operation } from '../../domain/protocol/seat';
import { movesWriter, Phase } from '../../domain/protocol/seat';
import type { Execution } from '../../ports/workflows';
import type { StepRecord } from '../../ports/state-store';
import type { Row } from './scenario';
import type { SeenSeat } from './seat-history';

/** The standby's rejoin may claim the seat before anybody has seen it free. */
const isMoving = (operation: Operation | null): boolean => operation !== null && movesWriter(operation.kind);

/** The failover has ended well, and this zone writes. */
export const movedTo = (row: Row, zone: string): Promise<SeenSeat> =>
  row.seat(
    `the writer is in ${zone}`,
    ({ writer, operation, lastOutcome }) =>
      writer === zone &&
      !isMoving(operation) &&
      lastOutcome?.kind === 'failover' &&
      lastOutcome.result === 'completed' &&
      lastOutcome.epoch > row.startEpoch,
  );

/** An operation that moves the writer holds the seat. */
export const moving = (row: Row): Promise<SeenSeat> =>
  row.seat('a failover is claimed', ({ operation }) => operation?.kind === 'failover');

/** The failover has ended, whichever way. */
export const moveEnded = (row: Row): Promise<SeenSeat> =>
  row.seat(
    'the failover has ended',
    ({ operation, lastOutcome }) =>
      !isMoving(operation) && lastOutcome?.kind === 'failover' && lastOutcome.epoch > row.startEpoch,
  );

export const standbyIs = (row: Row, zone: string | null): Promise<SeenSeat> =>
  row.nextSeat(
    zone === null ? 'no standby is eligible' : `${zone} is the proven standby`,
    ({ operation, eligible }) => operation === null && eligible === zone,
  );

/** A person's start from the console; answers the execution's name. */
export const startMove = async (row: Row, request: RequestInput): Promise<string> => {
  const name = `${row.lab.options.topology.workload}-s-${ulid()}`;
  await row.connection.workflows.start('failover', name, { ...request });
  return name;
};

export const endOf = async (row: Row, name: string): Promise<Execution> => {
  let last: Execution = { status: 'unknown', failure: null };
  await row.wait(`execution ${name} ends`, async () => {
    last = await row.connection.workflows.describe('failover', name);
    return last.status === 'succeeded' || last.status === 'failed';
  });
  return last;
};

const BEFORE_FENCE: readonly Phase[] = [Phase.claimed, Phase.prepared];

/**
 * Starts the row's clock when the writer is fenced: until then a person's move stops nobody, and a path that is good
 * because nothing has happened yet would count as recovered.
 */
export const beginAtFence = async (row: Row, what: string): Promise<void> => {
  await row.seat(
    'the old writer is fenced',
    ({ writer, operation }) =>
      writer !== row.home || (operation?.kind === 'failover' && !BEFORE_FENCE.includes(operation.phase)),
  );
  row.begin(what);
};

/** What a failed execution said, as the console shows it. */
export const causeOf = ({ failure }: Execution): string => failure?.cause ?? 'no cause given';

/** A journalled line of an epoch; null when that step left none. */
export const stepOf = async (row: Row, epoch: number, name: string): Promise<StepRecord | null> =>
  (await row.connection.store.readSteps(epoch)).find((step) => step.name === name) ?? null;

/**
 * Starts again what was refused for another reason than the one wanted: a busy machine's witnesses have no fresh word
 * now and then, and a person would try again, too. Answers how the last start ended.
 */
export const startUntil = async (
  row: Row,
  request: RequestInput,
  isWanted: (end: Execution) => boolean,
): Promise<Execution> => {
  let end: Execution = { status: 'unknown', failure: null };
  await row.wait(`a start to ${request.to} ends as wanted`, async () => {
    end = await endOf(row, await startMove(row, request));
    if (!isWanted(end)) row.say(`${row.name}: refused, and started again: ${causeOf(end)}`);
    return isWanted(end);
  });
  return end;
};

export const isDone = ({ status }: Execution): boolean => status === 'succeeded';
