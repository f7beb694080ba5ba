import fc from 'fast-check';
import { holds } from '../../lib/domain/protocol/clauses';
import { EvacError, Refused } from '../../lib/domain/errors';
import type { Operation, Phase, Seat } from '../../lib/domain/protocol/seat';
import { Phase as P } from '../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../lib/domain/protocol/transitions';
import { Store } from '../../lib/domain/topology';
import { TRANSITIONS } from '../../lib/domain/protocol/transitions';
import { guardedPatch } from '../../lib/domain/protocol/walk';
import type { StateStore } from '../../lib/ports/state-store';
import { createMemoryStore } from '../../lib/state/memory-store';
import { ALL_SAMPLES, broken } from '../domain/protocol/samples';
import type { LocalRegion } from '../lab/emulator/local-region';
import { startLocalRegion } from '../lab/emulator/local-region';
import { createLocalTable } from './local-table';
import { claimOf, failoverAt, NOW_MS, observationBy, recordAt, seatAt, WITNESSES } from './seats';

/** One call on a store, made from random choices and from the seat as it is, so that many calls really go through. */
type Call = (store: StateStore, seat: Seat) => Promise<unknown>;

const zones = fc.constantFrom('az-a', 'az-b');
const stores = fc.subarray(Object.values(Store), { minLength: 1 });
const phases = fc.subarray(Object.values(P));
const phase = fc.constantFrom(...Object.values(P));
/** Mostly what the seat says, at times a little off. */
const drift = fc.constantFrom(0, 0, 0, 0, 1, -1);

/** `claim/epochIs broken`: what has been asked of the stores, guard by guard. */
const drawn = new Map<string, number>();

const noted = (event: SeatEvent, seat: Seat): SeatEvent => {
  for (const guard of guardedPatch(event).guards) {
    const key = `${event.type}/${guard.name} ${holds(guard, seat) ? 'holds' : 'broken'}`;
    drawn.set(key, (drawn.get(key) ?? 0) + 1);
  }
  return event;
};

const apply =
  (make: (seat: Seat) => SeatEvent): Call =>
  async (store, seat) =>
    withoutNonce(await store.apply(noted(make(seat), seat)));
const withoutNonce = ({ nonce: _nonce, ...seat }: Seat) => seat;

const running = (seat: Seat, off: number): Operation => {
  const operation = seat.operation ?? failoverAt(seat.epoch);
  return { ...operation, epoch: Math.max(0, operation.epoch + off) };
};

const outcomeOf = ({ epoch, kind, stores, from, to }: Operation) =>
  ({ epoch, kind, stores, result: 'completed', from, to, reason: 'r', atMs: NOW_MS }) as const;

const claims = fc
  .record({
    off: drift,
    from: zones,
    to: zones,
    kind: fc.constantFrom('failover', 'rollback', 'degrade', 'rejoin'),
    stores,
    overrideCooldown: fc.boolean(),
    acceptLossSeconds: fc.constantFrom(null, 5),
    nowMs: fc.constantFrom(0, NOW_MS),
    proof: fc.option(
      fc.record({ round: fc.integer({ min: 0, max: 30 }), runId: fc.constantFrom('run-1', 'run-2') }),
    ),
  })
  .map(({ off, proof, nowMs, overrideCooldown, ...changes }): Call => async (store, seat) => {
    const seen = { ...seat, epoch: Math.max(0, seat.epoch + off) };
    const event = { ...claimOf(seen, changes), nowMs, overrideCooldown };
    noted(event, seat);
    if (proof === null) return withoutNonce(await store.apply(event));
    const voters = [{ witness: 'az-b', ...proof }];
    return withoutNonce(await store.apply(event, { record: recordAt(seen.epoch + 1), voters }));
  });

const steps = fc.record({ off: drift, lag: drift, from: phases, to: phase }).map(({ off, lag, from, to }) =>
  apply((seat) => {
    const operation = running(seat, off);
    const seen = { ...operation, progress: Math.max(0, operation.progress + lag) };
    return { type: 'advance', epoch: seen.epoch, from, to, seen, nowMs: NOW_MS };
  }),
);

const moves = fc
  .record({ off: drift, type: fc.constantFrom('switch-writer', 'admit', 'take-over'), phase })
  .map(({ off, type, phase: to }) =>
    apply((seat) => {
      const seen = running(seat, off);
      const { epoch, stores } = seen;
      if (type === 'take-over') return { type, seen, phase: to, nowMs: NOW_MS };
      if (type === 'admit') return { type, epoch, seen, nowMs: NOW_MS };
      return { type, epoch, seen: { ...seat, operation: seen }, stores, nowMs: NOW_MS };
    }),
  );

const ends = fc
  .record({
    off: drift,
    type: fc.constantFrom('commit', 'commit-rejoin', 'release'),
    from: phases,
    eligible: fc.option(zones),
    cooldownUntilMs: fc.constantFrom(null, NOW_MS - 1),
  })
  .map(({ off, type, from, eligible, cooldownUntilMs }) =>
    apply((seat) => {
      const operation = running(seat, off);
      const outcome = outcomeOf(operation);
      const { epoch } = operation;
      const seen = { ...seat, operation };
      if (type === 'commit') return { type, epoch, seen, outcome, cooldownUntilMs };
      if (type === 'release')
        return { type, epoch, from, seen, eligible: { postgres: eligible, redis: null }, outcome };
      return { type, epoch, seen, standby: eligible ?? 'az-b', outcome };
    }),
  );

const drills = fc
  .record({ id: fc.constantFrom('d1', 'd2'), begin: fc.boolean() })
  .map(({ id, begin }) =>
    apply(() =>
      begin
        ? { type: 'begin-drill', drill: { id, zone: 'az-a', untilMs: NOW_MS } }
        : { type: 'end-drill', drillId: id },
    ),
  );

const observations = fc
  .record({
    round: fc.integer({ min: 0, max: 30 }),
    runId: fc.constantFrom('run-1', 'run-2'),
    takesOver: fc.boolean(),
  })
  .map(
    ({ round, runId, takesOver }): Call =>
      (store) =>
        store.writeObservation(observationBy('az-b', round, runId), { takesOver }),
  );

const histories = fc.array(fc.oneof(claims, claims, steps, moves, ends, drills, observations), {
  minLength: 1,
  maxLength: 14,
});

const starts = fc
  .record({
    operation: fc.option(phase.map((at: Phase) => failoverAt(3, { phase: at, progress: 2 }))),
    eligible: fc.constantFrom('az-b', null),
    beside: fc.constantFrom({}, { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } }),
    cooldownUntilMs: fc.constantFrom(0, NOW_MS + 1),
  })
  .map((changes): Partial<Seat> => changes);

/** Each row of the protocol on a seat where all its guards hold, and on one where just this guard does not. */
const EXAMPLES = ALL_SAMPLES.flatMap(({ event, seat }): [Partial<Seat>, Call[]][] => [
  [seat, [apply(() => event)]],
  ...guardedPatch(event).guards.map((guard): [Partial<Seat>, Call[]] => [
    broken(seat, guard),
    [apply(() => event)],
  ]),
]);

const WANTED = [
  ...new Set(
    ALL_SAMPLES.flatMap(({ event }) =>
      guardedPatch(event).guards.flatMap(({ name }) =>
        ['holds', 'broken'].map((how) => `${event.type}/${name} ${how}`),
      ),
    ),
  ),
].sort();

/** What a caller can tell: the value, or the error with all it says. */
const answer = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return { value: await call };
  } catch (error) {
    if (!(error instanceof EvacError)) throw error;
    return {
      name: error.name,
      message: error.message,
      ...(error instanceof Refused ? { code: error.code, numbers: error.numbers } : {}),
    };
  }
};

/** The protocol's own seat where it can be read; a history may end in one that no protocol writes. */
const seatFor = async (store: StateStore): Promise<Seat> =>
  (await store.readSeat().catch(() => null)) ?? seatAt();

const play = async (store: StateStore, start: Seat, history: readonly Call[]): Promise<unknown> => {
  const answers: unknown[] = [];
  await store.initialiseSeat(start);
  for (const call of history) answers.push(await answer(call(store, await seatFor(store))));
  const seat = await answer(store.readSeat().then((found) => found && withoutNonce(found)));
  const rest = [store.readObservations(), store.recentDecisions(50)].map(answer);
  return { answers, seat, rest: await Promise.all(rest) };
};

let region: LocalRegion;
beforeAll(async () => {
  region = await startLocalRegion();
}, 30_000);
afterAll(() => region.close());

const RANDOM = 40;
const RUNS = EXAMPLES.length + RANDOM;

describe('both stores', () => {
  it(`give the same answers and end in the same state, over ${EXAMPLES.length} made and ${RANDOM} random histories`, async () => {
    const accepted = { calls: 0, all: 0 };
    await fc.assert(
      fc.asyncProperty(starts, histories, async (start, history) => {
        const memory = createMemoryStore({ workload: 'orders', witnesses: WITNESSES });
        const real = (await createLocalTable(region)).openStore();
        const inMemory = await play(memory, seatAt(start), history);
        expect(await play(real, seatAt(start), history)).toEqual(inMemory);
        const { answers } = inMemory as { readonly answers: readonly object[] };
        accepted.all += answers.length;
        accepted.calls += answers.filter((given) => 'value' in given).length;
        real.close();
      }),
      { numRuns: RUNS, examples: EXAMPLES },
    );
    // A history of refusals only would prove little.
    expect(accepted.calls / accepted.all).toBeGreaterThan(0.05);
  }, 120_000);

  it('were asked for every event, with each of its guards holding and broken', () => {
    expect([...drawn.keys()].sort()).toEqual(WANTED);
    expect(new Set(ALL_SAMPLES.map(({ event }) => event.type))).toEqual(new Set(Object.keys(TRANSITIONS)));
  });
});
