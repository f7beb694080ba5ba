import { emptyReport } from '../../lib/domain/consistency/report';
import { Refused } from '../../lib/domain/errors';
import type { StateStore } from '../../lib/ports/state-store';
import type { StoreOptions } from '../../lib/state/item-store';
import { topologyWith } from '../domain/decision/world';
import { sampleWith } from '../domain/sync/samples';
import { claimOf, failoverAt, NOW_MS, observationBy, recordAt, seatAt } from './seats';

export type OpenStore = (changes?: Partial<StoreOptions>) => Promise<StateStore>;

const refusal = async (attempt: Promise<unknown>): Promise<Refused> => {
  const outcome = await attempt.catch((error: unknown) => error);
  if (outcome instanceof Refused) return outcome;
  throw new Error(`expected a refusal, got ${String(outcome)}`);
};

const voter = { witness: 'az-b', runId: 'run-1', round: 10 };
const proofAt = (epoch: number) => ({ record: recordAt(epoch), voters: [voter] });

/** What every state store does, the memory one and the real one. `open` gives a store on an empty table. */
export const stateStoreContract = (open: OpenStore): void => {
  let store: StateStore;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('the seat', () => {
    it('is null before it is made, and made only once', async () => {
      expect(await store.readSeat()).toBeNull();
      expect(await store.initialiseSeat(seatAt())).toEqual(seatAt());
      expect(await store.initialiseSeat(seatAt({ epoch: 9, writer: 'az-b', eligible: 'az-a' }))).toEqual(
        seatAt(),
      );
      expect(await store.readSeat()).toEqual(seatAt());
    });

    it('refuses every change while there is none', async () => {
      const refused = await refusal(store.apply(claimOf(seatAt())));
      expect(refused.code).toBe('no-seat');
      expect((await refusal(store.apply(claimOf(seatAt()), proofAt(4)))).code).toBe('no-seat');
    });

    it('goes through a whole failover, with a fresh nonce each time', async () => {
      const before = await store.initialiseSeat(seatAt());
      const claimed = await store.apply(claimOf(before));
      const seen = failoverAt(4);
      expect(claimed).toEqual({ ...before, epoch: 4, operation: seen, nonce: expect.any(String) });
      const step = { type: 'advance', epoch: 4, nowMs: NOW_MS } as const;
      const prepared = await store.apply({ ...step, from: ['claimed'], to: 'prepared', seen });
      expect(prepared.operation).toMatchObject({ phase: 'prepared', progress: 1 });
      expect(new Set([before.nonce, claimed.nonce, prepared.nonce]).size).toBe(3);
      expect(await store.readSeat()).toEqual(prepared);
    });

    it('names the broken clause, the numbers and the winner', async () => {
      await store.initialiseSeat(seatAt({ operation: failoverAt(3, { phase: 'fenced' }) }));
      const refused = await refusal(store.apply(claimOf(seatAt())));
      expect(refused.code).toBe('busy');
      expect(refused.message).toContain('a failover from az-a to az-b is fenced at epoch 3');
      expect(refused.numbers).toMatchObject({ epoch: 3, writer: 'az-a', phase: 'fenced', operationEpoch: 3 });
    });

    it('says how long a cooldown still lasts', async () => {
      await store.initialiseSeat(seatAt({ cooldownUntilMs: NOW_MS + 90_500 }));
      const refused = await refusal(store.apply(claimOf(seatAt())));
      expect([refused.code, refused.numbers['leftSeconds']]).toEqual(['cooldown', 91]);
      expect(refused.message).toContain('91 s are left');
    });

    it('says it of the store whose cooldown it is', async () => {
      const redis = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: NOW_MS + 90_500 };
      await store.initialiseSeat(seatAt({ writer: 'az-b', eligible: null, beside: { redis } }));
      const refused = await refusal(
        store.apply(claimOf(seatAt({ beside: { redis } }), { stores: ['redis'] })),
      );
      expect(refused.message).toMatch(
        /a failover of redis ended .* the writer of Redis is az-a, .*91 s are left/,
      );
      expect(refused.numbers).toMatchObject({ leftSeconds: 91, ...redis });
    });

    it.each([
      ['stale-epoch', { epoch: 8 }],
      ['writer-moved', { writer: 'az-b', eligible: null, cooldownUntilMs: 0 }],
      ['not-eligible', { eligible: null }],
    ] as const)('refuses a claim as %s', async (code, changes) => {
      await store.initialiseSeat(seatAt(changes));
      expect((await refusal(store.apply(claimOf(seatAt())))).code).toBe(code);
    });

    it('refuses an event that may come from no phase at all', async () => {
      await store.initialiseSeat(seatAt({ operation: failoverAt(3) }));
      const event = {
        type: 'advance',
        epoch: 3,
        from: [],
        to: 'fenced',
        seen: failoverAt(3),
        nowMs: NOW_MS,
      } as const;
      expect((await refusal(store.apply(event))).code).toBe('wrong-phase');
    });

    it('declares and ends a drill, once', async () => {
      await store.initialiseSeat(seatAt());
      const drill = { id: 'd1', zone: 'az-a', untilMs: NOW_MS };
      expect((await store.apply({ type: 'begin-drill', drill })).drill).toEqual(drill);
      expect((await refusal(store.apply({ type: 'begin-drill', drill }))).code).toBe('drill-running');
      expect((await refusal(store.apply({ type: 'end-drill', drillId: 'd2' }))).code).toBe('drill-gone');
      expect((await store.apply({ type: 'end-drill', drillId: 'd1' })).drill).toBeNull();
    });
  });

  describe('a claim with its proof', () => {
    beforeEach(async () => {
      await store.initialiseSeat(seatAt());
      await store.writeObservation(observationBy('az-b', 10), { takesOver: true });
    });

    it('writes the seat and the decision together', async () => {
      const claimed = await store.apply(claimOf(seatAt()), proofAt(4));
      expect(claimed).toMatchObject({ epoch: 4, operation: failoverAt(4) });
      expect(await store.readSeat()).toEqual(claimed);
      expect(await store.readDecision(4)).toEqual(recordAt(4));
      expect(await store.readDecision(5)).toBeNull();
    });

    it('has one winner of two', async () => {
      const attempts = ['az-b', 'region'].map((reason) =>
        store.apply(claimOf(seatAt(), { reason }), proofAt(4)),
      );
      const outcomes = await Promise.allSettled(attempts);
      const [lost] = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as Refused] : [],
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(lost).toMatchObject({ name: 'Refused', code: 'stale-epoch' });
      expect(lost?.numbers['epoch']).toBe(4);
    });

    it('stands while the voter went on a little, and falls when it went far', async () => {
      await store.writeObservation(observationBy('az-b', 31));
      const refused = await refusal(store.apply(claimOf(seatAt()), proofAt(4)));
      expect([refused.code, refused.numbers['foundRound']]).toEqual(['stale-evidence', 31]);
      expect(await store.readSeat()).toEqual(seatAt());
      expect(await store.readDecision(4)).toBeNull();
    });

    it('stands at the last round of the slack', async () => {
      await store.writeObservation(observationBy('az-b', 30));
      expect((await store.apply(claimOf(seatAt()), proofAt(4))).epoch).toBe(4);
    });

    it('falls when the voter is of another run, or gone', async () => {
      await store.writeObservation(observationBy('az-b', 11, 'run-2'), { takesOver: true });
      expect((await refusal(store.apply(claimOf(seatAt()), proofAt(4)))).code).toBe('stale-evidence');
      const voters = [{ ...voter, witness: 'az-c' }];
      const refused = await refusal(store.apply(claimOf(seatAt()), { record: recordAt(4), voters }));
      expect(refused).toMatchObject({ code: 'stale-evidence', numbers: { foundRound: null } });
    });

    it('refuses an epoch that was claimed before, whatever the seat says', async () => {
      const claimed = await store.apply(claimOf(seatAt()), proofAt(4));
      const outcome = {
        epoch: 4,
        kind: 'failover',
        stores: ['postgres'],
        result: 'released',
        from: 'az-a',
        to: 'az-b',
        reason: '',
        atMs: 0,
      } as const;
      await store.apply({
        type: 'release',
        epoch: 4,
        from: ['claimed'],
        seen: { ...claimed, operation: failoverAt(4) },
        eligible: { postgres: 'az-b' },
        outcome,
      });
      expect(claimed.epoch).toBe(4);
      const setBack = claimOf(seatAt({ epoch: 4 }), { epoch: 4 });
      expect((await refusal(store.apply(setBack, proofAt(4)))).code).toBe('epoch-used');
    });

    it('takes the slack it is given', async () => {
      const strict = await open({ evidenceSlackRounds: 0 });
      await strict.initialiseSeat(seatAt());
      await strict.writeObservation(observationBy('az-b', 11), { takesOver: true });
      expect((await refusal(strict.apply(claimOf(seatAt()), proofAt(4)))).code).toBe('stale-evidence');
      strict.close();
    });
  });

  describe('observations', () => {
    it('are read back whole, one a witness, the newest round', async () => {
      expect(await store.readObservations()).toEqual([]);
      await store.writeObservation(observationBy('region', 1), { takesOver: true });
      await store.writeObservation(observationBy('az-b', 7), { takesOver: true });
      await store.writeObservation(observationBy('az-b', 8));
      expect(await store.readObservations()).toEqual([observationBy('az-b', 8), observationBy('region', 1)]);
    });

    it('come with the seat in one answer', async () => {
      expect(await store.readSituation()).toEqual({ seat: null, observations: [] });
      await store.initialiseSeat(seatAt());
      await store.writeObservation(observationBy('region', 1), { takesOver: true });
      await store.writeObservation(observationBy('az-b', 7), { takesOver: true });
      const observations = [observationBy('az-b', 7), observationBy('region', 1)];
      expect(await store.readSituation()).toEqual({ seat: seatAt(), observations });
    });

    it('never go back: a late write of the same run is overtaken', async () => {
      await store.writeObservation(observationBy('az-b', 8));
      await store.writeObservation(observationBy('az-b', 7));
      await store.writeObservation(observationBy('az-b', 8));
      expect(await store.readObservations()).toEqual([observationBy('az-b', 8)]);
    });

    it('end the loop that another run has superseded', async () => {
      await store.writeObservation(observationBy('az-b', 8));
      await store.writeObservation(observationBy('az-b', 9, 'run-2'), { takesOver: true });
      const refused = await refusal(store.writeObservation(observationBy('az-b', 10)));
      expect(refused).toMatchObject({ code: 'superseded', numbers: { foundRun: 'run-2', foundRound: 9 } });
      const late = store.writeObservation(observationBy('az-b', 9, 'run-3'), { takesOver: true });
      expect((await refusal(late)).code).toBe('superseded');
    });
  });

  describe('history', () => {
    it('keeps the steps of an epoch by name, the last word of each', async () => {
      const step = {
        epoch: 4,
        name: 'fence-writers',
        status: 'failed',
        startedAtMs: 1,
        endedAtMs: 2,
        detail: {},
      } as const;
      const done = {
        ...step,
        status: 'done',
        detail: { kind: 'power', holds: true, nested: [1, null] },
      } as const;
      await store.writeStep(step);
      await store.writeStep(done);
      await store.writeStep({ ...step, epoch: 40 });
      expect(await store.readSteps(4)).toEqual([done]);
      expect(await store.readSteps(5)).toEqual([]);
    });

    it('gives back all that a decision was recorded with', async () => {
      const refused = { code: 'stale-epoch', sentence: 'epoch 3 has passed', numbers: { epoch: 4 } };
      const request = { to: 'az-b', mode: 'planned', reason: 'why', acceptLossSeconds: null } as const;
      const circumstances = {
        trigger: 'human',
        actor: 'sam',
        request,
        seat: seatAt({ operation: failoverAt(3) }),
        ageMs: { 'az-b': 12.25, region: 0 },
        nowMs: NOW_MS,
        decidedBy: null,
      } as const;
      const record = { ...recordAt(3), circumstances, refused };
      await store.recordDecision(record);
      expect(await store.recentDecisions(1)).toEqual([record]);
    });

    it('lists the decisions of one epoch, the claim that took it last', async () => {
      await store.initialiseSeat(seatAt());
      await store.recordDecision(recordAt(3, NOW_MS));
      await store.apply(claimOf(seatAt()), { record: recordAt(4, NOW_MS + 1), voters: [] });
      await store.recordDecision(recordAt(4, NOW_MS + 2));
      await store.recordDecision(recordAt(4, NOW_MS + 3));
      await store.recordDecision(recordAt(40, NOW_MS + 4));
      const times = (await store.decisionsIn(4, 9)).map(({ atMs }) => atMs - NOW_MS);
      expect(times).toEqual([3, 2, 1]);
      expect(await store.decisionsIn(4, 1)).toHaveLength(1);
      expect(await store.decisionsIn(5, 9)).toEqual([]);
    });

    it('lists decisions, newest first, claims and holds alike', async () => {
      await store.initialiseSeat(seatAt());
      await store.recordDecision(recordAt(3, NOW_MS));
      await store.recordDecision(recordAt(3, NOW_MS + 1));
      await store.apply(claimOf(seatAt()), { record: recordAt(4, NOW_MS + 2), voters: [] });
      await store.recordDecision(recordAt(4, NOW_MS + 3));
      await store.recordDecision(recordAt(10, NOW_MS + 4));
      const times = (await store.recentDecisions(4)).map(({ atMs }) => atMs - NOW_MS);
      expect(times).toEqual([4, 3, 2, 1]);
    });
  });

  describe('how the copies of a store compared', () => {
    const report = {
      ...emptyReport({ store: 'redis', writer: 'az-a', copy: 'az-b' }),
      items: 3,
      chunks: 1,
      differences: [{ item: 'db0 k', what: 'different', words: null }],
      differencesFound: 1,
      unknown: [{ part: 'p', why: 'w' }],
      unknownFound: 1,
      notes: ['n'],
    } as const;
    const recordOf = (execution: string, startedAtMs: number) => ({
      epoch: 3,
      execution,
      startedAtMs,
      endedAtMs: startedAtMs + 40,
      report,
    });

    it('is given back whole, the newest of that store', async () => {
      expect(await store.newestCopies('redis')).toBeNull();
      await store.writeCopies(recordOf('orders-v-z', NOW_MS));
      await store.writeCopies(recordOf('orders-v-a', NOW_MS + 1));
      await store.writeCopies(recordOf('orders-v-a', NOW_MS + 1));
      expect(await store.newestCopies('redis')).toEqual(recordOf('orders-v-a', NOW_MS + 1));
      expect(await store.newestCopies('postgres')).toBeNull();
    });

    it('is found by its execution, when another one has ended since', async () => {
      await store.writeCopies(recordOf('orders-v-z', NOW_MS));
      await store.writeCopies(recordOf('orders-v-a', NOW_MS + 1));
      expect(await store.newestCopies('redis', 'orders-v-z')).toEqual(recordOf('orders-v-z', NOW_MS));
      expect(await store.newestCopies('redis', 'orders-v-q')).toBeNull();
    });
  });

  describe('how far each copy is behind', () => {
    const sample = sampleWith({ round: 5 });

    it('is the newest look, forward only and by one run alone', async () => {
      expect(await store.readSamples(['postgres', 'redis'])).toEqual([]);
      await store.writeSample(sample);
      await store.writeSample({ ...sample, round: 4, lagSeconds: 9 });
      expect(await store.readSamples(['postgres', 'redis'])).toEqual([sample]);
      const other = { ...sample, runId: 'run-2', round: 60 };
      expect((await refusal(store.writeSample(other))).code).toBe('superseded');
      await store.writeSample(other, { takesOver: true });
      const refused = await refusal(store.writeSample({ ...sample, round: 6 }));
      expect(refused.message).toMatch(
        /run run-1 of the sampler of postgres at round 6 .* run run-2 at round 60/,
      );
      await store.writeSample(sampleWith({ store: 'redis' }));
      const read = await store.readSamples(['redis', 'postgres']);
      expect(read.map(({ store: source }) => source)).toEqual(['redis', 'postgres']);
    });

    it('is kept by the page, the newest pages read in their order', async () => {
      const pageAt = (startedAtMs: number) => ({
        store: 'redis' as const,
        runId: 'run-1',
        startedAtMs,
        samples: [0, 1].map((round) => sampleWith({ store: 'redis', round, atMs: startedAtMs + round })),
      });
      await store.writeSample(sampleWith({ store: 'redis' }));
      for (const at of [1, 2, 3, 3]) await store.writeSamplePage(pageAt(NOW_MS + at * 10));
      const read = (await store.newestSamples('redis', 2)).map(({ atMs }) => atMs - NOW_MS);
      expect(read).toEqual([20, 21, 30, 31]);
      expect(await store.newestSamples('postgres', 2)).toEqual([]);
    });
  });

  describe('what a decision was made under', () => {
    const policy = { version: 'v1', topology: topologyWith() };

    it('is kept once, with the first decision, and not before', async () => {
      const kept = await open({ policy });
      expect(await kept.readPolicy('v1')).toBeNull();
      await kept.recordDecision(recordAt(3));
      expect(await kept.readPolicy('v1')).toEqual(policy.topology);
      expect(await kept.readPolicy('v2')).toBeNull();
      await kept.recordDecision(recordAt(3, NOW_MS + 1));
      expect(await kept.recentDecisions(9)).toHaveLength(2);
      kept.close();
    });

    it('is kept with a claim, too', async () => {
      const kept = await open({ policy });
      await kept.initialiseSeat(seatAt());
      await kept.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] });
      expect(await kept.readPolicy('v1')).toEqual(policy.topology);
      kept.close();
    });
  });

  it('tells its own time', async () => {
    const first = await store.nowMs();
    expect(Math.abs(first - Date.now())).toBeLessThan(1500);
    expect(await store.nowMs()).toBeGreaterThanOrEqual(first);
  });
};
