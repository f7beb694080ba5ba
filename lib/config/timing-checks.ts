import { ASK_LIMIT_MS, askNeedsMs, detectionMs } from '../domain/health/round-times';
import type { CrossCheck } from './cross-checks';
import type { Deployment } from './deployment-schema';
import type { Finding } from './findings';
import { policyOf, roundSeconds, staleAfterSeconds } from './to-topology';

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Detection may take half of the objective: the switch, the checks and a retry of one step need the rest. */
const DETECTION_SHARE = 0.5;

const detectionFits = ({ policy }: Deployment): readonly Finding[] => {
  const detection = rounded(detectionMs(policyOf({ policy })) / 1000);
  const limit = rounded(policy.rtoSeconds * DETECTION_SHARE);
  if (detection <= limit) return [];
  return [
    {
      path: ['policy', 'checkIntervalSeconds'],
      found: `${policy.checkIntervalSeconds}, so that a failure is detected after up to ${detection} s`,
      allowed: `at most ${limit} s of detection, half of rtoSeconds (${policy.rtoSeconds})`,
      advice: 'lower checkIntervalSeconds, failureThreshold or probeTimeoutSeconds, or raise rtoSeconds',
    },
  ];
};

/** A witness that misses one round, or waits for a time-out, must not count as stale at once. */
const staleLater = ({ policy }: Deployment): readonly Finding[] => {
  const stale = staleAfterSeconds(policy);
  const least = rounded(2 * roundSeconds(policy));
  if (stale >= least) return [];
  return [
    {
      path: ['policy', 'staleAfterSeconds'],
      found: `${stale}`,
      allowed: `at least ${least}: two rounds, and a round lasts as long as the interval or the time-out`,
    },
  ];
};

const stepFits = ({ policy }: Deployment): readonly Finding[] =>
  policy.stepDeadlineSeconds <= policy.rtoSeconds
    ? []
    : [
        {
          path: ['policy', 'stepDeadlineSeconds'],
          found: `${policy.stepDeadlineSeconds}`,
          allowed: `at most rtoSeconds (${policy.rtoSeconds})`,
        },
      ];

/** An alarm and a late failover ask the witnesses for a whole verdict of their own, and cannot wait for ever. */
const askedWitnessFits = ({ policy }: Deployment): readonly Finding[] => {
  const needs = askNeedsMs(policyOf({ policy }));
  if (needs <= ASK_LIMIT_MS) return [];
  return [
    {
      path: ['policy', 'probeTimeoutSeconds'],
      found: `${policy.probeTimeoutSeconds}, so that a witness that is asked needs up to ${needs / 1000} s`,
      allowed: `at most ${ASK_LIMIT_MS / 1000} s for failureThreshold rounds and a confirming burst`,
      advice: 'lower probeTimeoutSeconds, failureThreshold, confirmingProbes or confirmingSpacingSeconds',
    },
  ];
};

export const timingChecks: readonly CrossCheck[] = [
  { needs: ['policy'], find: detectionFits },
  { needs: ['policy'], find: staleLater },
  { needs: ['policy'], find: stepFits },
  { needs: ['policy'], find: askedWitnessFits },
];
