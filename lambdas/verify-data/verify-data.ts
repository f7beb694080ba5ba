import { VerificationFailed } from '../../lib/domain/errors';
import { Store } from '../../lib/domain/topology';
import type { VerifyReport } from '../../lib/ports/engine';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { detailOf, ofEach } from '../shared/store-group';

const requireVerified = ({ operation }: StepContext, store: Store, report: VerifyReport): Detail => {
  const part = store === Store.postgres ? '' : ` of ${store}`;
  if (!report.ok)
    throw new VerificationFailed(
      `the data${part} in ${operation.to} did not verify: ${report.findings.join('; ')}`,
    );
  return report.numbers;
};

const act = async (context: StepContext): Promise<Detail> => {
  const { ports, operation, effect } = context;
  const reports = await ofEach(ports, operation.stores, async (engine, store) =>
    requireVerified(context, store, await engine.verify(operation.to, effect)),
  );
  return detailOf(reports);
};

/** The last step that can still be undone: after it writes are admitted. */
export const verifyData: StepDefinition = { name: 'verify-data', deadlineMs: 20_000, act };
