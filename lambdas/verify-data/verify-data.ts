import { VerificationFailed } from '../../lib/domain/errors';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const report = await ports.postgres.verify(operation.to, effect);
  if (!report.ok)
    throw new VerificationFailed(`the data in ${operation.to} did not verify: ${report.findings.join('; ')}`);
  return { ...report.numbers };
};

/** The last step that can still be undone: after it writes are admitted. */
export const verifyData: StepDefinition = { name: 'verify-data', deadlineMs: 20_000, act };
