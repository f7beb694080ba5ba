import { openMemory } from '../../../lambdas/probe-zone/probe-zone';
import type { WitnessMemory } from '../../../lambdas/probe-zone/round';
import { runRound } from '../../../lambdas/probe-zone/round';
import type { Observation, ProbeResult, TargetKind } from '../../../lib/domain/observation';
import { findTarget } from '../../../lib/domain/observation';
import { FAILED, OK, POLICY } from '../../domain/decision/world';
import type { Engine } from '../../../lib/ports/engine';
import type { World } from '../ports';
import { createWorld } from '../ports';

const TIMEOUT: ProbeResult = { state: 'failed', reason: 'timeout', latencyMs: null };
const STALLED_MS = POLICY.probeTimeoutMs;

const watching = async (witness = 'az-c'): Promise<{ world: World; memory: WitnessMemory }> => {
  const world = await createWorld();
  return { world, memory: await openMemory(world.ports, witness) };
};

const rounds = async (world: World, memory: WitnessMemory, count: number): Promise<Observation> => {
  let last = await runRound(world.ports, memory);
  for (let round = 1; round < count; round += 1) last = await runRound(world.ports, memory);
  return last;
};

const looksAt = (world: World, port: 'api' | 'postgres' | 'peer' | 'host') =>
  jest.spyOn(world.ports[port], 'probe');

const seen = (observation: Observation, kind: TargetKind, zone: string) =>
  findTarget(observation, kind, zone);

describe('what a witness looks at', () => {
  it.each([
    [
      'az-a',
      [
        'postgres@az-a',
        'postgres@az-b',
        'api@az-a',
        'api@az-b',
        'host@az-a',
        'host@az-b',
        'peer@az-b',
        'peer@az-c',
      ],
    ],
    [
      'az-c',
      [
        'postgres@az-a',
        'postgres@az-b',
        'api@az-a',
        'api@az-b',
        'host@az-a',
        'host@az-b',
        'peer@az-a',
        'peer@az-b',
      ],
    ],
    ['region', ['api@az-a', 'api@az-b']],
  ])('%s sees what it can reach by construction', async (witness, targets) => {
    const { world, memory } = await watching(witness);
    const observation = await runRound(world.ports, memory);
    expect(observation.targets.map(({ kind, zone }) => `${kind}@${zone}`)).toEqual(targets);
    expect(observation).toMatchObject({ witness, zone: witness === 'region' ? null : witness });
  });

  it('looks at what decides each round, at the quiet ones every fifth', async () => {
    const { world, memory } = await watching();
    const [vital, quiet] = [looksAt(world, 'api'), looksAt(world, 'peer')];
    await rounds(world, memory, 10);
    expect(vital).toHaveBeenCalledTimes(2 * 10);
    expect(quiet).toHaveBeenCalledTimes(2 * 3);
  });

  it('looks at a store whose objective is minutes every fifth round, too, and bursts when it fails', async () => {
    const world = await createWorld({ hasObjects: true });
    const memory = await openMemory(world.ports, 'az-c');
    const look = jest.spyOn(world.ports.beside.objects as Engine, 'probe');
    await rounds(world, memory, 10);
    expect(look).toHaveBeenCalledTimes(2 * 3);
    world.objects.kill('az-a');
    await rounds(world, memory, 5 + 3);
    const seen = memory.histories.get('objects@az-a');
    expect([seen?.latest.state, seen?.confirmed]).toEqual(['failed', true]);
  });

  it('looks at everything while something fails', async () => {
    const { world, memory } = await watching();
    world.down.api.add('az-a');
    const quiet = looksAt(world, 'peer');
    await rounds(world, memory, 4);
    expect(quiet).toHaveBeenCalledTimes(2 * 4);
  });
});

describe('the confirming burst', () => {
  it('confirms what failed the threshold and every probe of the burst', async () => {
    const { world, memory } = await watching();
    world.down.api.add('az-a');
    expect(seen(await rounds(world, memory, 2), 'api', 'az-a')).toMatchObject({ confirmed: false });
    const api = looksAt(world, 'api');
    const third = await runRound(world.ports, memory);
    expect(seen(third, 'api', 'az-a')).toMatchObject({ confirmed: true, consecutiveFailed: 3 });
    expect(api.mock.calls.filter(([zone]) => zone === 'az-a')).toHaveLength(1 + POLICY.confirmingProbes);
  });

  it('spaces its probes', async () => {
    const { world, memory } = await watching();
    world.down.api.add('az-a');
    await rounds(world, memory, 2);
    const startMs = world.clock.monotonicMs();
    await runRound(world.ports, memory);
    const lastProbeMs = (POLICY.confirmingProbes - 1) * POLICY.confirmingSpacingMs;
    expect(world.clock.monotonicMs() - startMs).toBe(lastProbeMs);
  });

  it('is ended by one answer', async () => {
    const { world, memory } = await watching();
    const api = looksAt(world, 'api').mockResolvedValue(FAILED);
    await rounds(world, memory, 2);
    let probes = 0;
    api.mockImplementation(async (zone) => (zone === 'az-a' && (probes += 1) > 1 ? OK : FAILED));
    expect(seen(await runRound(world.ports, memory), 'api', 'az-a')).toMatchObject({
      confirmed: false,
      consecutiveFailed: 0,
      latest: OK,
    });
  });

  it('is followed by a second look at what answered in the same zone', async () => {
    const { world, memory } = await watching();
    world.down.api.add('az-a');
    await rounds(world, memory, 2);
    const postgres = looksAt(world, 'postgres');
    await runRound(world.ports, memory);
    expect(postgres.mock.calls.map(([zone]) => zone)).toEqual(['az-a', 'az-b', 'az-a']);
  });
});

describe('a witness that was stalled itself', () => {
  it('calls its timeouts unknown, and leaves a refusal failed (I9)', async () => {
    const { world, memory } = await watching();
    looksAt(world, 'api').mockImplementation(async (zone) => (zone === 'az-a' ? TIMEOUT : FAILED));
    world.clock.stallMs = STALLED_MS;
    const observation = await runRound(world.ports, memory);
    expect(seen(observation, 'api', 'az-a')?.latest.state).toBe('unknown');
    expect(seen(observation, 'api', 'az-b')?.latest.state).toBe('failed');
    expect(observation.stalledMs).toBe(STALLED_MS);
  });

  it('confirms no target whose burst timed out, however many burst side by side', async () => {
    const { world, memory } = await watching();
    looksAt(world, 'api').mockResolvedValue(TIMEOUT);
    await rounds(world, memory, 2);
    const looks = [0, 0, STALLED_MS];
    world.clock.worstLatenessMs = () => looks.shift() ?? 0;
    const observation = await runRound(world.ports, memory);
    expect(['az-a', 'az-b'].map((zone) => seen(observation, 'api', zone)?.confirmed)).toEqual([false, false]);
    expect(observation.stalledMs).toBe(STALLED_MS);
  });
});

describe('rounds', () => {
  it('grow by one, from past those of the run before', async () => {
    const { world, memory } = await watching();
    await world.ports.store.writeObservation(await rounds(world, memory, 3), { takesOver: true });
    const next = await openMemory(world.ports, 'az-c');
    expect((await runRound(world.ports, next)).round).toBeGreaterThan(3 + 1);
    expect(next.runId).not.toBe(memory.runId);
  });
});
