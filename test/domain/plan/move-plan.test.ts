import type { PastMove } from '../../../lib/domain/plan/move-plan';
import { planMove } from '../../../lib/domain/plan/move-plan';
import { burnDown } from '../../../lib/domain/plan/burn-down';
import type { OperationMode } from '../../../lib/domain/protocol/seat';
import { POLICY } from '../decision/world';

const zones = { from: 'az-a', to: 'az-b' } as const;
const plan = (mode: OperationMode, past: readonly PastMove[] = [], policy = POLICY) =>
  planMove({ mode, ...zones, policy, past });

/** A move in which each step named ended at its second and took half of one. */
const moved = (mode: OperationMode, ends: Readonly<Record<string, number>>): PastMove => ({
  mode,
  decidedAtMs: 1_000_000,
  steps: Object.entries(ends).map(([name, seconds]) => ({
    name,
    status: 'done',
    startedAtMs: 1_000_000 + seconds * 1000 - 500,
    endedAtMs: 1_000_000 + seconds * 1000,
  })),
});

const stepOf = (of: ReturnType<typeof plan>, name: string) => {
  const found = of.turns.flat().find((step) => step.name === name);
  if (found === undefined) throw new Error(`${name} is not in the plan`);
  return found;
};

describe('the plan of a move', () => {
  it('waits for the standby when both sides live, and for nobody in an emergency', () => {
    expect(
      plan('planned')
        .turns.flat()
        .map(({ name }) => name),
    ).toContain('wait-for-sync');
    expect(
      plan('emergency')
        .turns.flat()
        .map(({ name }) => name),
    ).not.toContain('wait-for-sync');
    expect(plan('planned').turns).toHaveLength(10);
    expect(plan('emergency').turns).toHaveLength(9);
  });

  it('counts steps that run side by side once', () => {
    const planned = plan('planned');
    expect(stepOf(planned, 'verify-health').position).toBe(6);
    expect(stepOf(planned, 'verify-data').position).toBe(6);
    expect(stepOf(planned, 'commit-failover').position).toBe(10);
  });

  it('shares out the objective less the worst detection, never more than a deadline', () => {
    // Detection: 200 + 3 × 200 + 3 × (10 + 150) ms.
    expect(plan('planned')).toMatchObject({ rtoSeconds: 300, detectionSeconds: 1.28, budgetSeconds: 298.72 });
    // Deadlines of the turns: 20 + 20 + 20 + 30 + 60 + 30 + 20 + 30 + 30 + 20 = 280 s.
    expect(stepOf(plan('planned'), 'switch-postgres').budgetSeconds).toBe(60);
    const tight = plan('planned', [], { ...POLICY, rtoMs: 29_280 });
    expect(tight.budgetSeconds).toBe(28);
    expect(stepOf(tight, 'switch-postgres').budgetSeconds).toBe(6);
    expect(stepOf(tight, 'verify-health').budgetSeconds).toBe(3);
    const whole = tight.turns.reduce((sum, [step]) => sum + (step?.budgetSeconds ?? 0), 0);
    expect(whole).toBeCloseTo(28, 9);
  });

  it('knows nothing of what was never done', () => {
    const nothing = { count: 0, median: null, worst: null };
    expect(plan('planned').whole).toEqual(nothing);
    expect(stepOf(plan('planned'), 'fence-writers')).toMatchObject({ took: nothing, reached: nothing });
  });

  it('learns from moves of its own kind, and from steps that were done', () => {
    const past = [
      moved('planned', { 'fence-writers': 1, 'verify-service': 3 }),
      moved('planned', { 'fence-writers': 2, 'verify-service': 6 }),
      moved('planned', { 'fence-writers': 9 }),
      moved('emergency', { 'fence-writers': 50, 'verify-service': 60 }),
    ];
    const failed = { ...moved('planned', { 'fence-writers': 70 }) };
    const undone = { ...failed, steps: failed.steps.map((step) => ({ ...step, status: 'failed' as const })) };
    const planned = plan('planned', [...past, undone]);
    expect(planned.whole).toEqual({ count: 2, median: 4.5, worst: 6 });
    expect(stepOf(planned, 'fence-writers')).toMatchObject({
      took: { count: 3, median: 0.5, worst: 0.5 },
      reached: { count: 3, median: 2, worst: 9 },
    });
  });
});

describe('the burn-down', () => {
  const past = [moved('planned', { 'switch-postgres': 2, 'verify-service': 3 })];
  const tight = plan('planned', past, { ...POLICY, rtoMs: 29_280 });
  const ended = (name: string, tookMs: number, atMs: number) =>
    ({ name, status: 'done', startedAtMs: atMs - tookMs, endedAtMs: atMs }) as const;

  it('says where a step stands, against the usual and the budget', () => {
    expect(burnDown(tight, ended('switch-postgres', 1_500, 4_000), 1_000)).toEqual({
      position: 5,
      of: 10,
      tookSeconds: 1.5,
      usuallySeconds: 0.5,
      elapsedSeconds: 3,
      usuallyReachedSeconds: 2,
      budgetLeftSeconds: 25,
      overSeconds: 0,
    });
  });

  it('says by how much a step went over', () => {
    const over = burnDown(tight, ended('switch-postgres', 7_250, 9_000), 1_000);
    expect(over).toMatchObject({ overSeconds: 1.25, budgetLeftSeconds: 20 });
  });

  it('has no place for a step of an undoing', () => {
    expect(burnDown(tight, ended('undo-fence', 90_000, 91_000), 1_000)).toMatchObject({
      position: 0,
      usuallySeconds: null,
      usuallyReachedSeconds: null,
      overSeconds: 0,
      budgetLeftSeconds: -62,
    });
  });
});
