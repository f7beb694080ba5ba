import type { Policy, Topology } from '../../lib/domain/topology';
import { topologyWith } from '../domain/decision/world';
import type { Random } from './random';

/** How quickly this deployment looks and gives up; the rules are the same at any pace. */
export interface Profile {
  readonly name: string;
  readonly topology: Topology;
  /** From the first fault's instant to the last one's end at the latest, ms. */
  readonly faultWindowMs: number;
  readonly ordersEveryMs: number;
}

const COMMON = {
  automatic: 'on',
  failureThreshold: 3,
  confirmingProbes: 3,
  rpoMs: 60_000,
  rtoMs: 300_000,
  minimumConfidence: 70,
  rpoGates: ['postgres'],
} as const;

type Pace = Pick<
  Policy,
  'checkIntervalMs' | 'probeTimeoutMs' | 'confirmingSpacingMs' | 'staleAfterMs' | 'stepDeadlineMs'
>;

const PACES: Readonly<Record<string, Pace>> = {
  lab: {
    checkIntervalMs: 400,
    probeTimeoutMs: 300,
    confirmingSpacingMs: 40,
    staleAfterMs: 2_500,
    stepDeadlineMs: 45_000,
  },
  quick: {
    checkIntervalMs: 1_000,
    probeTimeoutMs: 1_000,
    confirmingSpacingMs: 200,
    staleAfterMs: 5_000,
    stepDeadlineMs: 60_000,
  },
  calm: {
    checkIntervalMs: 4_000,
    probeTimeoutMs: 1_000,
    confirmingSpacingMs: 200,
    staleAfterMs: 12_000,
    stepDeadlineMs: 60_000,
  },
  slow: {
    checkIntervalMs: 8_000,
    probeTimeoutMs: 2_000,
    confirmingSpacingMs: 500,
    staleAfterMs: 24_000,
    stepDeadlineMs: 60_000,
  },
};

/** Drawn in this proportion: rounds are what a simulation pays for, and the slow pace leaves more time per round. */
const SHARES = [
  ...Array<string>(1).fill('lab'),
  ...Array<string>(2).fill('quick'),
  ...Array<string>(7).fill('calm'),
  ...Array<string>(10).fill('slow'),
] as unknown as readonly [string, ...string[]];
const COOLDOWNS_MS = [30_000, 120_000, 1_800_000] as const;
const FAULT_ROUNDS = 10;

export const profileFrom = (random: Random): Profile => {
  const name = random.pick(SHARES);
  const pace = PACES[name] as Pace;
  const policy: Policy = { ...COMMON, ...pace, cooldownMs: random.pick(COOLDOWNS_MS) };
  return {
    name,
    topology: topologyWith(policy),
    faultWindowMs: 25_000 + FAULT_ROUNDS * pace.checkIntervalMs,
    ordersEveryMs: name === 'lab' ? 200 : 400,
  };
};
