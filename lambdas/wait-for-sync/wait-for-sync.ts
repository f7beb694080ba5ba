import { DeadlineExceeded } from '../../lib/domain/errors';
import { OperationMode } from '../../lib/domain/protocol/seat';
import { Store } from '../../lib/domain/topology';
import type { LevelReport } from '../../lib/ports/engine';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { detailOf, ofEach } from '../shared/store-group';

const SKIPPED =
  'emergency: the old writer is not waited for; what it acknowledged is on the synchronous standby, of objects what had been copied';

const requireLevel = ({ operation, effect }: StepContext, store: Store, report: LevelReport): Detail => {
  const { from, to } = operation;
  const part = store === Store.postgres ? '' : ` of ${store}`;
  if (!report.level)
    throw new DeadlineExceeded(
      `${to} is ${report.bytesBehind ?? 'an unknown number of'} bytes${part} behind ${from} ` +
        `after ${effect.deadlineMs} ms; the move is undone`,
    );
  return { ...report };
};

const act = async (context: StepContext): Promise<Detail> => {
  const { ports, operation, effect } = context;
  if (operation.mode === OperationMode.emergency) return { waited: false, why: SKIPPED };
  const { stores, from, to } = operation;
  const reports = await ofEach(ports, stores, async (engine, store) =>
    requireLevel(context, store, await engine.waitUntilLevel(from, to, effect)),
  );
  return { waited: true, ...detailOf(reports) };
};

/** A planned move switches only when the standby has everything the fenced writer has. */
export const waitForSync: StepDefinition = { name: 'wait-for-sync', deadlineMs: 20_000, act };
