import type { ShiftPolicy } from './shift-policy';

/** What a zone's requests were like since a mark; all of them began after it. */
export interface Sample {
  readonly requests: number;
  /** Answered 5xx, refused, or given up by the client. */
  readonly errors: number;
  /** null: nothing to measure. */
  readonly p99Ms: number | null;
  /** Percent of the capacity in use; null: not known. */
  readonly utilisationPercent: number | null;
}

export const NO_REQUESTS: Sample = { requests: 0, errors: 0, p99Ms: null, utilisationPercent: null };

const slower = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** Clients' requests and Evac's own: the slower of the two counts, and capacity is what the clients' use of it. */
export const pooled = (clients: Sample, own: Sample): Sample => ({
  requests: clients.requests + own.requests,
  errors: clients.errors + own.errors,
  p99Ms: slower(clients.p99Ms, own.p99Ms),
  utilisationPercent: clients.utilisationPercent,
});

export const StepVerdict = {
  fine: 'fine',
  /** Not judged yet, and there is time. */
  wait: 'wait',
  breached: 'breached',
  /** Its time is over and nothing can be said of it: no step is taken on that. */
  unknown: 'unknown',
} as const;
export type StepVerdict = (typeof StepVerdict)[keyof typeof StepVerdict];

export interface StepJudgement {
  readonly verdict: StepVerdict;
  /** With the numbers. */
  readonly why: string;
}

export interface SeenStep {
  /** null: the samples could not be read, or the zone does not answer. */
  readonly clients: Sample | null;
  readonly own: Sample;
  /** At this step, on the reader's own clock. */
  readonly waitedMs: number;
}

const percent = (part: number, whole: number): number => Math.round((part * 1_000) / whole) / 10;

/**
 * Certain before all requests are in: more errors than so few, or so many, requests may have. The samples that are still
 * wanting count as good ones here, so that one error among the first two is not taken for half of them.
 */
const errorsBreach = (policy: ShiftPolicy, { requests, errors }: Sample): string | null => {
  const of = Math.max(requests, policy.minSamples);
  if (errors * 100 <= policy.maxErrorPercent * of) return null;
  return `${errors} of ${requests} requests failed, at most ${policy.maxErrorPercent} % may`;
};

const slownessBreach = ({ maxP99Ms }: ShiftPolicy, { p99Ms }: Sample): string | null =>
  p99Ms !== null && p99Ms > maxP99Ms ? `p99 is ${Math.round(p99Ms)} ms, at most ${maxP99Ms} ms may be` : null;

const capacityBreach = (
  { maxUtilisationPercent }: ShiftPolicy,
  { utilisationPercent }: Sample,
): string | null =>
  utilisationPercent !== null && utilisationPercent > maxUtilisationPercent
    ? `${Math.round(utilisationPercent)} % of its capacity is in use, at most ${maxUtilisationPercent} % may be`
    : null;

/** What is missing for a judgement; null: nothing. */
const missingIn = (policy: ShiftPolicy, { clients, own }: SeenStep): string | null => {
  if (clients === null) return 'its samples cannot be read';
  const { requests } = pooled(clients, own);
  if (requests < policy.minSamples) return `${requests} of the ${policy.minSamples} samples that it takes`;
  return clients.requests > 0 && clients.utilisationPercent === null
    ? 'how much of its capacity is in use is not known'
    : null;
};

const breachIn = (policy: ShiftPolicy, all: Sample, isWhole: boolean): string | null => {
  const errors = errorsBreach(policy, all);
  if (errors !== null || !isWhole) return errors;
  return slownessBreach(policy, all) ?? capacityBreach(policy, all);
};

const goodWords = ({ requests, errors, p99Ms, utilisationPercent }: Sample, own: Sample): string => {
  const capacity = utilisationPercent === null ? '' : `, ${Math.round(utilisationPercent)} % of capacity`;
  return `${requests} requests (${own.requests} of them Evac's own), ${percent(errors, requests)} % failed, p99 ${Math.round(p99Ms ?? 0)} ms${capacity}`;
};

/** Goes on only on evidence: too few samples are unknown, and a breach is said as soon as it is certain. */
export const judgeStep = (policy: ShiftPolicy, seen: SeenStep): StepJudgement => {
  const all = pooled(seen.clients ?? NO_REQUESTS, seen.own);
  const missing = missingIn(policy, seen);
  const breach = breachIn(policy, all, missing === null);
  if (breach !== null) return { verdict: StepVerdict.breached, why: breach };
  if (missing !== null) {
    const isOver = seen.waitedMs >= policy.patienceMs;
    const why = isOver ? `${missing}, after ${Math.round(seen.waitedMs)} ms` : missing;
    return { verdict: isOver ? StepVerdict.unknown : StepVerdict.wait, why };
  }
  const isShort = seen.waitedMs < policy.dwellMs;
  return { verdict: isShort ? StepVerdict.wait : StepVerdict.fine, why: goodWords(all, seen.own) };
};

/** How many requests of its own Evac has to make: where clients send too few, once their time is over. */
export const shortfall = (policy: ShiftPolicy, { clients, own, waitedMs }: SeenStep): number =>
  waitedMs < policy.dwellMs
    ? 0
    : Math.max(0, policy.minSamples - own.requests - (clients ?? NO_REQUESTS).requests);

export const Onward = {
  /** The next step, or the end of them. */
  onward: 'onward',
  wait: 'wait',
  /** The zone that the traffic leaves is gone: there is no way back, and no reason to leave anybody there. */
  forward: 'forward',
  back: 'back',
  /** Nobody knows whether the way back is good: the weights stay as they are. */
  hold: 'hold',
} as const;
export type Onward = (typeof Onward)[keyof typeof Onward];

/** I7: back only into a zone that answers, forward at once out of one that is gone; unknown is neither (I9). */
export const onwardFrom = (verdict: StepVerdict, source: 'ok' | 'failed' | 'unknown'): Onward => {
  if (source === 'failed') return Onward.forward;
  if (verdict === StepVerdict.fine) return Onward.onward;
  if (verdict === StepVerdict.wait) return Onward.wait;
  return source === 'ok' ? Onward.back : Onward.hold;
};
