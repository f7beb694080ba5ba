import { followExecution } from '../../lib/cli/follow-execution';
import { pastMoves } from '../../lib/cli/move-history';
import { plan } from '../../lib/cli/plan';
import type { Seat } from '../../lib/domain/protocol/seat';
import type { DecisionRecord, StepRecord } from '../../lib/ports/state-store';
import { CALM_GRID, NOW_MS } from '../domain/decision/world';
import type { World } from '../lambdas/ports';
import { createWorld, operationAt, putGrid, rejectionOf } from '../lambdas/ports';
import { recordAt } from '../state/seats';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const operation = operationAt(7, { mode: 'planned' });

const step = (epoch: number, name: string, fromMs: number, toMs: number): StepRecord => ({
  epoch,
  name,
  status: 'done',
  startedAtMs: NOW_MS + fromMs,
  endedAtMs: NOW_MS + toMs,
  detail: {},
});

/** Which epochs were taken by what, as the table has it. */
const history = (kinds: Readonly<Record<number, 'failover' | 'rollback' | 'rejoin'>>) => ({
  readDecision: async (epoch: number): Promise<DecisionRecord | null> => {
    const kind = kinds[epoch];
    if (kind === undefined) return null;
    const record = recordAt(epoch);
    const operation = { kind, mode: 'planned', stores: ['postgres'], from: 'az-a', to: 'az-b' } as const;
    return { ...record, decision: { ...record.decision, operation } };
  },
  // Neither their order nor their instants, each of another Lambda, are those of the plan.
  readSteps: async (epoch: number) => [
    step(epoch, 'verify-service', -180, -160),
    step(epoch, 'record-outcome', -170, -170),
    step(epoch, 'fence-writers', 40, 100),
  ],
});

const remembering = (world: World, kinds: Parameters<typeof history>[0]): World => {
  const { readDecision, readSteps } = history(kinds);
  jest.spyOn(world.ports.store, 'readDecision').mockImplementation(readDecision);
  jest.spyOn(world.ports.store, 'readSteps').mockImplementation(readSteps);
  return world;
};

const calm = async (seat: Partial<Seat> = {}): Promise<World> => {
  const world = await createWorld({ seat, policy: { staleAfterMs: 20 } });
  await putGrid(world, CALM_GRID);
  return world;
};

describe('what is on record of earlier moves', () => {
  it('is moves only, the newest ten, from before an epoch', async () => {
    const kinds = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [at + 1, (at + 1) % 2 === 0 ? 'rejoin' : 'failover'] as const),
    );
    const store = history(kinds);
    const read = jest.spyOn(store, 'readDecision');
    expect(await pastMoves(store, 40)).toHaveLength(10);
    expect(read.mock.calls.map(([epoch]) => epoch)).toEqual(Array.from({ length: 20 }, (_, at) => 39 - at));
  });

  it('is looked for in sixty epochs and no further, and never before the first', async () => {
    const empty = history({});
    const read = jest.spyOn(empty, 'readDecision');
    expect(await pastMoves(empty, 500)).toEqual([]);
    expect(Math.min(...read.mock.calls.map(([epoch]) => epoch))).toBe(440);
    read.mockClear();
    expect(await pastMoves(empty, 2)).toEqual([]);
    expect(read.mock.calls).toEqual([[1]]);
    expect(await pastMoves(history({ 1: 'rollback' }), 2)).toHaveLength(1);
  });
});

describe('evac plan', () => {
  const shown = async (world: World, options: Parameters<typeof plan>[2]) => {
    const { output, results } = recordedOutput();
    await plan(connectionTo(world), output, options);
    return results.join('\n');
  };

  it('shows each step, what it usually takes, and that it would be refused now', async () => {
    const world = remembering(await calm(), { 5: 'failover', 6: 'rejoin' });
    const text = await shown(world, { to: 'az-b' });
    expect(text).toMatch(/^planned move of PostgreSQL, API and traffic, az-a -> az-b\n/);
    expect(text).toContain(
      'from decision to verified service: budget 298.72 s, the RTO of 300 s less 1.28 s',
    );
    expect(text).toMatch(
      /^its steps alone: usually 0\.08 s, worst 0\.08 s of 1; what the claim, .* not in it$/m,
    );
    expect(text).toMatch(
      /3 of 10 {2}fence-writers +usually 0\.06 s, worst 0\.06 s of 1; budget 20\.00 s, deadline 20 s/,
    );
    expect(text).toMatch(/switch-postgres +not on record/);
    expect(text.match(/^[A-Z]+$/gm)).toEqual(['PREPARE', 'SWITCH', 'ADMIT', 'VERIFY']);
    // The witnesses are silent by now, and a planned move has nothing to stand on.
    expect(text).toMatch(/asked for now, it would be refused:\n {2}\[source-not-healthy\]/);
    expect(await world.ports.store.recentDecisions(9)).toEqual([]);
  });

  it('has the same as one JSON document, for an emergency, too', async () => {
    const document = JSON.parse(
      await shown(await calm(), { to: 'az-b', emergency: true, json: true }),
    ) as object;
    expect(document).toMatchObject({ mode: 'emergency', to: 'az-b', whole: { count: 0, median: null } });
    expect(document).toHaveProperty('allowed_now');
  });

  it.each([
    [{}, '--to is missing'],
    [{ to: 'az-c' }, '--to az-c: only az-a and az-b can take over'],
  ])('names what is wrong with %j, before anything is read', async (options, told) => {
    const world = await calm();
    const read = jest.spyOn(world.ports.store, 'readSeat');
    const failed = await rejectionOf(plan(connectionTo(world), recordedOutput().output, options));
    expect({ name: failed.name, message: failed.message }).toEqual({
      name: 'InvalidRequest',
      message: expect.stringContaining(told) as unknown,
    });
    expect(read).not.toHaveBeenCalled();
  });
});

describe('a move that is followed', () => {
  const follow = async (world: World, states: readonly ('running' | 'succeeded')[]) => {
    const { output, notes } = recordedOutput();
    const left = [...states];
    jest
      .spyOn(world.workflows, 'describe')
      .mockImplementation(async () => ({ status: left.shift() ?? 'succeeded', failure: null }));
    const followed = { machine: 'failover', name: operation.execution, timeoutMs: 2_000 };
    await followExecution(connectionTo(world), output, followed);
    return notes;
  };

  it('says each step once, against what is usual', async () => {
    const world = remembering(await calm({ operation, epoch: 7 }), { 6: 'failover' });
    expect(await follow(world, ['running', 'running', 'succeeded'])).toEqual([
      '  step 3 of 10: fence-writers done in 0.06 s (usually 0.06), 0.06 s in steps so far (usually 0.06)',
      '  step 9 of 10: verify-service done in 0.02 s (usually 0.02), 0.08 s in steps so far (usually 0.08)',
    ]);
  });

  it('says when a step went over its budget, and what is not on record', async () => {
    const world = await calm({ operation, epoch: 7 });
    jest
      .spyOn(world.ports.store, 'readSteps')
      .mockImplementation(async () => [step(7, 'fence-writers', 0, 21_500)]);
    expect(await follow(world, ['succeeded'])).toEqual([
      '  step 3 of 10: fence-writers done in 21.50 s, 21.50 s in steps so far; 1.50 s over its budget, at most 277.22 s left for the rest',
    ]);
  });

  it('says nothing of an operation that is no move', async () => {
    const world = remembering(await calm({ operation: { ...operation, kind: 'rejoin' }, epoch: 7 }), {});
    expect(await follow(world, ['running', 'succeeded'])).toEqual([]);
  });
});
