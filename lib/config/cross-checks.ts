import type { Deployment } from './deployment-schema';
import type { Finding } from './findings';
import { componentChecks } from './component-checks';
import { targetChecks } from './target-checks';
import { timingChecks } from './timing-checks';
import { trafficChecks } from './traffic-checks';
import { zoneChecks } from './zone-checks';

/** What no single field can say. A check runs when all sections it needs are right in themselves. */
export interface CrossCheck {
  readonly needs: readonly (keyof Deployment)[];
  readonly find: (deployment: Deployment) => readonly Finding[];
}

export const CROSS_CHECKS: readonly CrossCheck[] = [
  ...zoneChecks,
  ...componentChecks,
  ...timingChecks,
  ...targetChecks,
  ...trafficChecks,
];
