import type { PastMove } from '../../../lib/domain/plan/move-plan';
import { planMove } from '../../../lib/domain/plan/move-plan';
import type { TimedStep } from '../../../lib/domain/plan/step-times';
import { burnDown } from '../../../lib/domain/plan/burn-down';
import type { OperationMode } from '../../../lib/domain/protocol/seat';
import { POLICY } from '../decision/world';

const zones = { stores: ['postgres'], from: 'az-a', to: 'az-b' } as const;
const plan = (mode: OperationMode, past: readonly PastMove[] = [], policy = POLICY) =>
  planMove({ mode, ...zones, policy, past });

/** A step of this many seconds; when it was is its Lambda's idea alone, here the later the earlier in the move. */
const lineOf = (name: string, seconds: number, at = 0): TimedStep => ({
  name,
  status: 'done',
  startedAtMs: 1_000_000 - at * 60_000,
  endedAtMs: 1_000_000 - at * 60_000 + seconds * 1000,
});

const moved = (
  mode: OperationMode,
  took: Readonly<Record<string, number>>,
  stores: PastMove['stores'] = ['postgres'],
): PastMove => ({
  mode,
  stores,
  steps: Object.entries(took).map(([name, seconds], at) => lineOf(name, seconds, at)),
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

  it('has a guard where a planned move’s traffic goes over in steps, and only there', () => {
    const guarded = (mode: OperationMode, stores: PastMove['stores'], inSteps: boolean) =>
      planMove({ ...zones, mode, stores, policy: POLICY, past: [], inSteps })
        .turns.flat()
        .some(({ name }) => name === 'guard-traffic');
    expect(guarded('planned', ['postgres'], true)).toBe(true);
    expect(guarded('planned', ['postgres'], false)).toBe(false);
    expect(guarded('planned', ['redis'], true)).toBe(false);
    expect(guarded('emergency', ['postgres'], true)).toBe(false);
  });

  it('says of each step what it does, how that is known, and what takes it back', () => {
    const said = expect.stringMatching(/\w/) as unknown;
    for (const step of plan('planned').turns.flat())
      expect(step).toMatchObject({ name: said, does: said, verifies: said, undo: said });
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
      moved('planned', { 'check-resources': 0.25, 'fence-writers': 9 }),
      moved('emergency', { 'fence-writers': 50, 'verify-service': 60 }),
    ];
    const failed = moved('planned', { 'fence-writers': 70 });
    const undone = { ...failed, steps: failed.steps.map((step) => ({ ...step, status: 'failed' as const })) };
    const planned = plan('planned', [...past, undone]);
    expect(planned.whole).toEqual({ count: 2, median: 6, worst: 8 });
    expect(stepOf(planned, 'fence-writers')).toMatchObject({
      took: { count: 3, median: 2, worst: 9 },
      reached: { count: 3, median: 2, worst: 9.25 },
    });
    expect(plan('emergency', past).whole).toEqual({ count: 1, median: 110, worst: 110 });
  });

  it('counts of checks side by side the longer one, for what comes after them', () => {
    const checked = moved('planned', { 'verify-data': 0.5, 'verify-health': 2, 'admit-writes': 1 });
    const planned = plan('planned', [checked]);
    expect(stepOf(planned, 'verify-data').reached.median).toBe(0.5);
    expect(stepOf(planned, 'admit-writes').reached.median).toBe(3);
  });
});

describe('the burn-down', () => {
  const past = [moved('planned', { 'fence-writers': 1.5, 'switch-postgres': 0.5, 'verify-service': 3 })];
  const tight = plan('planned', past, { ...POLICY, rtoMs: 29_280 });

  it('says where a step stands, against the usual and the budget', () => {
    expect(burnDown(tight, [lineOf('fence-writers', 1.25), lineOf('switch-postgres', 1.5, 1)])[1]).toEqual({
      name: 'switch-postgres',
      status: 'done',
      position: 5,
      of: 10,
      tookSeconds: 1.5,
      usuallySeconds: 0.5,
      reachedSeconds: 2.75,
      usuallyReachedSeconds: 2,
      budgetLeftSeconds: 25.25,
      overSeconds: 0,
    });
  });

  it('says by how much a step went over', () => {
    const [over] = burnDown(tight, [lineOf('switch-postgres', 7.25)]);
    expect(over).toMatchObject({ overSeconds: 1.25, budgetLeftSeconds: 20.75 });
  });

  it('knows no less than nothing left', () => {
    const [over] = burnDown(tight, [{ ...lineOf('admit-writes', 90), status: 'failed' }]);
    expect(over).toMatchObject({
      status: 'failed',
      usuallySeconds: null,
      usuallyReachedSeconds: null,
      overSeconds: 88,
      budgetLeftSeconds: 0,
    });
  });

  it('is in the order of the plan, and of its steps only', () => {
    const names = ['admit-writes', 'record-outcome', 'verify-data', 'check-resources', 'verify-health'];
    const told = burnDown(
      tight,
      names.map((name, at) => lineOf(name, 1, at)),
    );
    expect(told.map(({ name, position, reachedSeconds }) => [position, name, reachedSeconds])).toEqual([
      [2, 'check-resources', 1],
      [6, 'verify-health', 2],
      [6, 'verify-data', 2],
      [7, 'admit-writes', 3],
    ]);
  });
});
