import type { RecordedRound } from '../../lib/domain/health/target-history';
import { discountStall, recordBurst, recordRound } from '../../lib/domain/health/target-history';
import type { Observation, ProbeResult, TargetObservation } from '../../lib/domain/observation';
import { targetKey } from '../../lib/domain/observation';
import type { Policy, WitnessId } from '../../lib/domain/topology';
import { REGION_WITNESS } from '../../lib/domain/topology';
import type { Ports } from '../shared/ports';
import type { Target } from './targets';
import { proberOf } from './targets';

/**
 * Host agents, peers and what is unhurried are looked at every so many rounds; a round in which something fails looks at all,
 * of the unhurried in its zone: they are dear, and a busy machine fails a probe now and then.
 */
const QUIET_ROUNDS = 5;

/** What a witness remembers from round to round. */
export interface WitnessMemory {
  readonly witness: WitnessId;
  readonly runId: string;
  readonly targets: readonly Target[];
  readonly histories: Map<string, TargetObservation>;
  round: number;
}

const isDue = (memory: WitnessMemory, target: Target): boolean =>
  (target.vital && target.unhurried !== true) ||
  !memory.histories.has(targetKey(target.kind, target.zone)) ||
  memory.round % QUIET_ROUNDS === 0 ||
  [...memory.histories.values()].some(
    ({ zone, consecutiveFailed }) =>
      consecutiveFailed > 0 && (target.unhurried !== true || zone === target.zone),
  );

const probe = (
  ports: Ports,
  target: Target,
  timeoutMs = ports.topology.policy.probeTimeoutMs,
): Promise<ProbeResult> => proberOf(ports, target.kind).probe(target.zone, timeoutMs);

/**
 * A zone in which a failure is confirmed is asked half as patiently: its rounds come sooner, and any answer at all
 * still clears it.
 */
const patienceFor = ({ histories }: WitnessMemory, { probeTimeoutMs }: Policy, target: Target): number => {
  const accused = [...histories.values()].some(({ zone, confirmed }) => zone === target.zone && confirmed);
  return accused ? probeTimeoutMs / 2 : probeTimeoutMs;
};

/** What a stall is compared with: the shortest time that a probe of this round was given. */
const shortestPatience = (memory: WitnessMemory, policy: Policy, due: readonly Target[]): Policy => ({
  ...policy,
  probeTimeoutMs: Math.min(...due.map((target) => patienceFor(memory, policy, target))),
});

/** Hosts and peers accuse nobody, so a round is not made longer to be sure of them. */
const needsBurst = ({ target, wantsBurst }: Recorded): boolean => target.vital && wantsBurst;

/** The confirming burst: closely spaced, side by side, each with its own timeout. */
const burst = async (ports: Ports, target: Target): Promise<readonly ProbeResult[]> => {
  const { confirmingProbes, confirmingSpacingMs } = ports.topology.policy;
  const late = async (index: number): Promise<ProbeResult> => {
    await ports.clock.sleep(index * confirmingSpacingMs);
    return probe(ports, target);
  };
  return Promise.all(Array.from({ length: confirmingProbes }, (_, index) => late(index)));
};

const recordAll = (
  memory: WitnessMemory,
  policy: Policy,
  due: readonly Target[],
  results: readonly ProbeResult[],
) =>
  due.flatMap((target, index) => {
    const result = results[index];
    if (result === undefined) return [];
    const previous = memory.histories.get(targetKey(target.kind, target.zone));
    return [{ target, ...recordRound(previous, { kind: target.kind, zone: target.zone, result }, policy) }];
  });

type Recorded = RecordedRound & { readonly target: Target };

interface Looked<T> {
  readonly results: T;
  /** How late the witness itself ran meanwhile: read once for all that was looked at side by side. */
  readonly stalledMs: number;
}

const lookSideBySide = async <T>(ports: Ports, look: Promise<T>): Promise<Looked<T>> => {
  const results = await look;
  return { results, stalledMs: ports.clock.worstLatenessMs() };
};

const probeAll = (
  ports: Ports,
  memory: WitnessMemory,
  targets: readonly Target[],
): Promise<Looked<readonly ProbeResult[]>> => {
  const { policy } = ports.topology;
  const look = targets.map((target) => probe(ports, target, patienceFor(memory, policy, target)));
  return lookSideBySide(ports, Promise.all(look));
};

const discounted = (
  { results, stalledMs }: Looked<readonly ProbeResult[]>,
  policy: Policy,
): readonly ProbeResult[] => results.map((result) => discountStall(result, stalledMs, policy));

const remember = (memory: WitnessMemory, seen: readonly TargetObservation[]): void => {
  for (const each of seen) memory.histories.set(targetKey(each.kind, each.zone), each);
};

/** The bursts of all targets that want one. Answers how late the witness ran in them. */
const confirm = async (
  ports: Ports,
  memory: WitnessMemory,
  recorded: readonly Recorded[],
): Promise<number> => {
  const { policy } = ports.topology;
  const wanting = recorded.filter(needsBurst);
  if (wanting.length === 0) return 0;
  const bursts = Promise.all(wanting.map(({ target }) => burst(ports, target)));
  const { results, stalledMs } = await lookSideBySide(ports, bursts);
  const seen = wanting.map(({ observation }, index) =>
    recordBurst(observation, discounted({ results: results[index] ?? [], stalledMs }, policy), policy),
  );
  remember(memory, seen);
  return stalledMs;
};

/**
 * A burst takes longer than a round. What answered in the same zone before it is looked at once more beside the last
 * probe of the burst, so that "its store still answers" is never older than "its API failed".
 */
const lookAgain = async (
  ports: Ports,
  memory: WitnessMemory,
  recorded: readonly Recorded[],
): Promise<number> => {
  const { policy } = ports.topology;
  const accused = new Set(recorded.filter(needsBurst).map(({ target }) => target.zone));
  const again = recorded
    .filter(({ target, wantsBurst }) => !wantsBurst && target.vital && accused.has(target.zone))
    .map(({ target }) => target);
  if (again.length === 0) return 0;
  await ports.clock.sleep((policy.confirmingProbes - 1) * policy.confirmingSpacingMs);
  const looked = await probeAll(ports, memory, again);
  const seen = recordAll(memory, policy, again, discounted(looked, policy));
  remember(
    memory,
    seen.map(({ observation }) => observation),
  );
  return looked.stalledMs;
};

/** One round: probe what is due, remember, and say what was seen. Writes nothing. */
export const runRound = async (ports: Ports, memory: WitnessMemory): Promise<Observation> => {
  const { policy } = ports.topology;
  memory.round += 1;
  const due = memory.targets.filter((target) => isDue(memory, target));
  ports.clock.worstLatenessMs();
  const looked = await probeAll(ports, memory, due);
  const recorded = recordAll(memory, policy, due, discounted(looked, shortestPatience(memory, policy, due)));
  remember(
    memory,
    recorded.map(({ observation }) => observation),
  );
  const [inBursts, inSecondLook] = await Promise.all([
    confirm(ports, memory, recorded),
    lookAgain(ports, memory, recorded),
  ]);
  return {
    witness: memory.witness,
    zone: memory.witness === REGION_WITNESS ? null : memory.witness,
    runId: memory.runId,
    round: memory.round,
    atMs: await ports.store.nowMs(),
    stalledMs: Math.max(looked.stalledMs, inBursts, inSecondLook),
    targets: [...memory.histories.values()],
  };
};
