import { compareStore } from '../../lambdas/verify-copies/compare-store';
import { startLimits } from '../../lambdas/verify-copies/comparison';
import { createSystemClock } from '../../lambdas/shared/system-clock';
import type { CopiesReport } from '../../lib/domain/consistency/report';
import type { CopyReader } from '../../lib/ports/consistency';

const pair = { writer: 'az-a', copy: 'az-b' };
const unhurried = { beginForMs: 60_000, endAfterMs: 90_000, requestMs: 10_000 };

/** Everything that az-a has, against az-b, as the Lambda does it. */
export async function compareCopies(
  reader: CopyReader,
  times: Partial<typeof unhurried> = {},
): Promise<CopiesReport> {
  const clock = createSystemClock();
  const limits = startLimits(clock, { ...unhurried, ...times });
  const { report, next } = await compareStore({ reader, pair, clock, limits }, null);
  expect(next).toBeNull();
  return report;
}

/** `item: what`, in the order of their names. */
export const found = (report: CopiesReport): readonly string[] =>
  report.differences.map(({ item, what }) => `${item}: ${what}`).sort();
