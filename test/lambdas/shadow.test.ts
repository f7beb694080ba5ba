import { intakeAlarm } from '../../lambdas/intake-alarm/intake-alarm';
import type { Engine } from '../../lib/ports/engine';
import { probeZone } from '../../lambdas/probe-zone/probe-zone';
import { buildStatus } from '../../lib/cli/status-report';
import { statusText } from '../../lib/cli/status-text';
import { decide } from '../../lib/domain/decision/decide';
import { POLICY, snapshotOf } from '../domain/decision/world';
import type { World } from './ports';
import { createWorld } from './ports';

const WITNESSES = ['az-b', 'az-c', 'region'] as const;

/** Everything behind the ports that could change something, and must not be called. */
const EFFECTS = [
  'fence',
  'ensureWriterIn',
  'admitWrites',
  'undoFence',
  'degrade',
  'rejoin',
  'ensureSynchronous',
] as const satisfies readonly (keyof Engine)[];

const watched = (world: World) => ({
  postgres: EFFECTS.map((method) => jest.spyOn(world.ports.postgres, method)),
  others: [
    jest.spyOn(world.ports.traffic, 'shift'),
    jest.spyOn(world.ports.store, 'apply'),
    jest.spyOn(world.ports.workflows, 'start'),
    jest.spyOn(world.ports.functions, 'fire'),
  ],
});

/** A zone is lost for good while three witnesses loop. */
const loseZone = async (world: World): Promise<void> => {
  const limitMs = 20 * POLICY.checkIntervalMs;
  const looping = Promise.all(WITNESSES.map((witness) => probeZone(world.ports, { witness, limitMs })));
  await world.clock.sleep(3 * POLICY.checkIntervalMs);
  world.lose('az-a');
  await looping;
};

describe('automatic: shadow', () => {
  it('never acts, whatever is lost', async () => {
    const world = await createWorld({ policy: { automatic: 'shadow' } });
    const before = await world.seatNow();
    const { postgres, others } = watched(world);
    expect(postgres.length).toBeGreaterThanOrEqual(4);
    await loseZone(world);
    await intakeAlarm('target-lost', world.ports);
    for (const effect of [...postgres, ...others]) expect(effect).not.toHaveBeenCalled();
    expect(await world.seatNow()).toEqual(before);
    expect(world.workflows.started).toEqual([]);
  });

  it('does act on the same loss when it is on: the test above can fail', async () => {
    const world = await createWorld();
    await loseZone(world);
    expect(world.workflows.started).toHaveLength(1);
  });

  it('records what it would have done, on which evidence, by whom', async () => {
    const world = await createWorld({ policy: { automatic: 'shadow' } });
    await loseZone(world);
    const records = await world.ports.store.recentDecisions(50);
    const would = records.filter(({ decision }) => decision.operation !== null);
    expect(would.map(({ circumstances }) => circumstances?.actor).sort()).toEqual(
      expect.arrayContaining([...WITNESSES]),
    );
    for (const { decision, evidence } of would) {
      expect(decision.kind).toBe('hold');
      expect(decision.reasons.map(({ code }) => code)).toContain('shadow');
      expect(evidence.length).toBeGreaterThanOrEqual(3);
    }
    expect(would.at(0)?.decision.operation).toEqual({
      kind: 'failover',
      mode: 'emergency',
      stores: ['postgres'],
      from: 'az-a',
      to: 'az-b',
    });
  });

  it('is shown by status: what it would have done, and that it did not', async () => {
    const world = await createWorld({ policy: { automatic: 'shadow' } });
    await loseZone(world);
    const recent = await world.ports.store.recentDecisions(20);
    const snapshot = { ...snapshotOf('az-c o o o o o o .', { policy: { automatic: 'shadow' } }) };
    const facts = { snapshot, decision: decide(snapshot), weights: null, copies: [], where: 'the test' };
    const report = buildStatus({ ...facts, recent });
    expect(report.would_have).toMatchObject({ epoch: 7, operation: { kind: 'failover', to: 'az-b' } });
    expect(statusText(report)).toMatch(
      /shadow: at \S+Z it would have started this, and did not: emergency failover from az-a to az-b, since nothing of az-a answers/,
    );
    const calm = buildStatus({ ...facts, recent: [] });
    expect(calm.would_have).toBeNull();
    expect(statusText(calm)).not.toContain('shadow: at');
  });
});
