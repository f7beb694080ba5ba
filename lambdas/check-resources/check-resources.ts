import { Refused } from '../../lib/domain/errors';
import type { ZoneId } from '../../lib/domain/topology';
import { Store } from '../../lib/domain/topology';
import { assessStillFailed } from '../../lib/domain/decision/still-failed';
import type { Operation } from '../../lib/domain/protocol/seat';
import { Phase, Trigger } from '../../lib/domain/protocol/seat';
import type { VerifyReport } from '../../lib/ports/engine';
import type { DecisionRecord } from '../../lib/ports/state-store';
import { pollUntil } from '../shared/poll';
import type { Ports } from '../shared/ports';
import { askTimeoutMs } from '../../lib/domain/health/round-times';
import { enterPhase } from '../shared/seat-access';
import { detailOf, ofEach } from '../shared/store-group';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

/** How long newer rounds are awaited in the state store before the witnesses are asked themselves. */
const WAIT_FOR_ROUNDS_MS = 1_000;
const POLL_MS = 15;

/**
 * §3b.9: a decision may be old by the time it is carried out. Before the first effect the accused must have failed
 * again in rounds newer than the claim's; one fresh ok and the seat is given back.
 */
export const confirmEvidence = async (ports: Ports, record: DecisionRecord): Promise<Detail> => {
  const assess = (observations: DecisionRecord['evidence']) =>
    assessStillFailed({
      topology: ports.topology,
      decision: record.decision,
      voters: record.voters,
      evidence: record.evidence,
      observations,
    });
  const stored = await pollUntil(
    ports.clock,
    { deadlineMs: WAIT_FOR_ROUNDS_MS, everyMs: POLL_MS },
    async () => {
      const assessment = assess(await ports.store.readObservations());
      return assessment.state === 'pending' ? undefined : assessment;
    },
  );
  const voters = record.voters.map((voter) => voter.witness);
  const found =
    stored ?? assess(await ports.witnesses.freshRound(voters, askTimeoutMs(ports.topology.policy)));
  if (found.state === 'confirmed') return { evidence: found.sentence };
  throw new Refused(
    `evidence-${found.state}`,
    `${found.sentence}; the seat is given back and nothing was changed`,
  );
};

const isAutomatic = (operation: Operation): boolean => operation.trigger !== Trigger.human;

const numbersOf = (to: ZoneId, store: Store, { ok, findings, numbers }: VerifyReport): Detail => {
  if (ok) return numbers;
  const part = store === Store.postgres ? '' : ` ${store}:`;
  throw new Refused('target-not-ready', `${to} cannot take over:${part} ${findings.join('; ')}`);
};

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const record = isAutomatic(operation) ? await ports.store.readDecision(operation.epoch) : null;
  const [evidence, target] = await Promise.all([
    record === null ? { evidence: 'asked for by a person' } : confirmEvidence(ports, record),
    ofEach(ports, operation.stores, async (engine, store) =>
      numbersOf(operation.to, store, await engine.preflight(operation.to, effect)),
    ),
  ]);
  await enterPhase(ports, operation.epoch, { from: [Phase.claimed, Phase.prepared], to: Phase.prepared });
  return { ...evidence, target: detailOf(target) };
};

export const checkResources: StepDefinition = {
  name: 'check-resources',
  deadlineMs: 15_000,
  act,
};
