import { ProbeState } from '../../lib/domain/observation';
import type { ZoneId } from '../../lib/domain/topology';
import type { Sample, StepJudgement } from '../../lib/domain/traffic/judge';
import { judgeStep, NO_REQUESTS, pooled, shortfall, StepVerdict } from '../../lib/domain/traffic/judge';
import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';
import type { Ports } from '../shared/ports';
import type { StepContext } from '../shared/step';

/** One invocation looks for so long at most; beyond it the state machine waits, which costs nothing. */
const LOOK_MS = 5_000;
const LEAST_PAUSE_MS = 50;
const LOOKS_A_STEP = 5;
/** Of Evac's own requests, at the same time. */
const AT_ONCE = 10;
/** All of them; with what else a look may take it stays within the state's TimeoutSeconds. */
const ASK_MS = 11_000;

/** From where the samples of the step are counted. */
export interface Began {
  readonly mark: string | null;
  readonly waitedMs: number;
}

export interface Looked extends Began {
  readonly judgement: StepJudgement;
  /** The zone that the traffic leaves: `failed` only when every confirming probe failed. */
  readonly source: ProbeState;
}

/** Longer than a witness waits: what it says goes by one look, and not by three rounds. */
const timeoutOf = ({ topology }: Ports): number => topology.policy.probeTimeoutMs * 4;

/** After the weights were read back: nothing that began before counts. */
export const markOf = ({ ports, operation }: StepContext): Promise<string | null> =>
  ports.samples.mark(operation.to, timeoutOf(ports));

const asSample = (good: number, failed: number, slowestMs: number | null): Sample => ({
  requests: good + failed,
  errors: failed,
  p99Ms: slowestMs,
  utilisationPercent: null,
});

const askOnce = async (ports: Ports, zone: ZoneId): Promise<Sample> => {
  const { state, latencyMs } = await ports.api.probe(zone, timeoutOf(ports));
  if (state === ProbeState.unknown) return NO_REQUESTS;
  return state === ProbeState.ok ? asSample(1, 0, latencyMs) : asSample(0, 1, null);
};

const together = (samples: readonly Sample[]): Sample =>
  samples.reduce((all, each) => pooled(all, each), NO_REQUESTS);

/** Evac's own requests, a few at a time, until there are so many, one of them was no good, or the time is over. */
const askOften = async (ports: Ports, zone: ZoneId, times: number): Promise<Sample> => {
  const untilMs = ports.clock.monotonicMs() + ASK_MS;
  let asked = NO_REQUESTS;
  for (let left = times; left > 0 && asked.errors === 0; left -= AT_ONCE) {
    if (ports.clock.monotonicMs() >= untilMs) return asked;
    const now = Math.min(left, AT_ONCE);
    asked = pooled(
      asked,
      together(await Promise.all(Array.from({ length: now }, () => askOnce(ports, zone)))),
    );
  }
  return asked;
};

/** One silent probe is no verdict: gone is a zone whose confirming probes all fail, and none by this process's lateness. */
const lookAtSource = async ({ ports, operation }: StepContext): Promise<ProbeState> => {
  const { confirmingProbes, confirmingSpacingMs, probeTimeoutMs } = ports.topology.policy;
  let last: ProbeState = ProbeState.unknown;
  ports.clock.worstLatenessMs();
  for (let times = 0; times <= confirmingProbes; times += 1) {
    if (times > 0) await ports.clock.sleep(confirmingSpacingMs);
    last = (await ports.api.probe(operation.from, probeTimeoutMs)).state;
    if (last !== ProbeState.failed) return last;
  }
  return ports.clock.worstLatenessMs() > probeTimeoutMs / 2 ? ProbeState.unknown : last;
};

/**
 * Looks until the step can be judged, its source is seen gone, or the invocation's time is over. On its own clock alone:
 * what was waited before is carried along as a length of time.
 */
export const lookAt = async (context: StepContext, policy: ShiftPolicy, began: Began): Promise<Looked> => {
  const { ports, operation } = context;
  const startMs = ports.clock.monotonicMs();
  let own = NO_REQUESTS;
  let { mark } = began;

  const once = async (): Promise<Looked> => {
    mark ??= await markOf(context);
    own = pooled(own, await askOnce(ports, operation.to));
    const clients = mark === null ? null : await ports.samples.since(operation.to, mark, timeoutOf(ports));
    const waitedMs = began.waitedMs + ports.clock.monotonicMs() - startMs;
    own = pooled(own, await askOften(ports, operation.to, shortfall(policy, { clients, own, waitedMs })));
    const judgement = judgeStep(policy, { clients, own, waitedMs });
    return { judgement, source: await lookAtSource(context), mark, waitedMs };
  };

  const everyMs = Math.min(LOOK_MS, Math.max(LEAST_PAUSE_MS, policy.dwellMs / LOOKS_A_STEP));
  for (;;) {
    const looked = await once();
    const isJudged = looked.judgement.verdict !== StepVerdict.wait || looked.source === ProbeState.failed;
    if (isJudged || ports.clock.monotonicMs() - startMs >= LOOK_MS) return looked;
    await ports.clock.sleep(everyMs);
  }
};
