import { DeadlineExceeded } from '../../lib/domain/errors';
import { OperationMode } from '../../lib/domain/protocol/seat';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const SKIPPED =
  'emergency: the old writer is not waited for; what it acknowledged is on the synchronous standby';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  if (operation.mode === OperationMode.emergency) return { waited: false, why: SKIPPED };
  const report = await ports.postgres.waitUntilLevel(operation.from, operation.to, effect);
  if (!report.level)
    throw new DeadlineExceeded(
      `${operation.to} is ${report.bytesBehind ?? 'an unknown number of'} bytes behind ${operation.from} ` +
        `after ${effect.deadlineMs} ms; the move is undone`,
    );
  return { waited: true, ...report };
};

/** A planned move switches only when the standby has everything the fenced writer has. */
export const waitForSync: StepDefinition = { name: 'wait-for-sync', deadlineMs: 20_000, act };
