import { Refused, StaleEpoch } from '../../lib/domain/errors';
import type { SyncSample } from '../../lib/domain/sync/sample';
import { takeSample } from '../../lib/domain/sync/sample';
import { deriveSource } from '../../lib/domain/sync/derive';
import type { SyncHold } from '../../lib/domain/protocol/seat';
import type { Store, ZoneId } from '../../lib/domain/topology';
import type { CopyControl, Effect } from '../../lib/ports/engine';
import { waitUntil } from '../../lib/lab/wait-until';
import type { EngineWorld } from './engine-contract';

export interface CopyWorld extends EngineWorld {
  readonly store: Store;
  /** How often a host has thrown its copy away and taken a whole one. */
  wholeCopies(zone: ZoneId): number | Promise<number>;
}

const [a, b] = ['az-a', 'az-b'] as const;
const effect = (epoch: number, deadlineMs = 30_000): Effect => ({ epoch, deadlineMs });

/** What a person may have done to a copy, on every engine whose copies can be told. */
export function describeCopyControl(name: string, createWorld: () => Promise<CopyWorld>): void {
  describe(`copies that are told: ${name}`, () => {
    let world: CopyWorld;
    let control: CopyControl;
    let round = 0;
    let nowMs = 1_000_000;
    beforeEach(async () => {
      world = await createWorld();
      const { copyControl } = world.engine;
      if (copyControl === undefined) throw new Error('its copies cannot be told');
      control = copyControl;
    });
    afterEach(() => world.close());

    /** One look as the sampler takes it, an hour after the one before: beacons are the state store's time. */
    const look = async (before: SyncSample | null = null): Promise<SyncSample> => {
      round += 1;
      const writerSeen = await world.engine.probe(a, 2_000);
      const copySeen = await world.engine.probe(b, 2_000);
      const at = { store: world.store, writer: a, copy: b, runId: 'r', round, nowMs, elapsedMs: 1_000 };
      return takeSample({ ...at, writerSeen, copySeen }, before);
    };
    const statusOf = (sample: SyncSample, hold: SyncHold | null): string =>
      deriveSource({
        ...{ store: world.store, copy: b, operation: null, sample, nowMs, maxLagMs: 30_000 },
        place: { writer: a, eligible: hold === null ? b : null, cooldownUntilMs: 0, hold },
        ...{ staleAfterMs: 10_000, failureThreshold: 1 },
      }).status;
    const writeAll = async (ids: readonly string[]): Promise<void> => {
      for (const id of ids) expect(await world.write(a, id)).toBe('acknowledged');
    };
    const beacon = async (): Promise<void> => {
      nowMs += 5_000;
      await world.engine.beacon(a, nowMs - 100, 2_000);
    };
    const untilBoth = async (ids: readonly string[]): Promise<void> => {
      const wanted = ids.toSorted().join();
      const has = async (zone: ZoneId): Promise<boolean> =>
        (await world.idsIn(zone)).toSorted().join() === wanted;
      const wait = { what: 'both zones to hold the same', timeoutMs: 10_000, everyMs: 20 };
      await waitUntil(wait, async () => (await has(a)) && (await has(b)));
    };
    const bringBack = async (epoch: number): Promise<void> => {
      await world.engine.rejoin(b, a, effect(epoch));
      await world.engine.ensureSynchronous(a, b, effect(epoch));
    };
    const hold = { by: 'ana', reason: 'r', sinceMs: 0, request: 'q' };

    it('pause: the copy takes nothing in, its lag grows, its writer goes on; a rejoin brings it back', async () => {
      await beacon();
      await writeAll(['early']);
      await untilBoth(['early']);
      await world.engine.degrade(a, effect(2));
      await control.pause(b, effect(2));
      await control.pause(b, effect(2));
      const paused = await look();
      await writeAll(['1', '2', '3']);
      await beacon();
      const later = await look(paused);
      await beacon();
      const last = await look(later);
      expect(later.lagSeconds).toBeGreaterThanOrEqual(5);
      expect(last.lagSeconds).toBeGreaterThan(later.lagSeconds ?? Infinity);
      expect(statusOf(last, { how: 'paused', ...hold })).toBe('paused');
      expect(await world.idsIn(b)).toEqual(['early']);
      expect(await world.write(b, 'no')).toBe('refused');
      await bringBack(3);
      await untilBoth(['early', '1', '2', '3']);
      await waitUntil({ what: 'the copy to be level', timeoutMs: 10_000, everyMs: 50 }, async () => {
        await beacon();
        return statusOf(await look(), null) === 'in_sync';
      });
      await writeAll(['after']);
      await untilBoth(['early', '1', '2', '3', 'after']);
    });

    it('refuses a pause of an older epoch once the copy has come back', async () => {
      await world.engine.degrade(a, effect(2));
      await bringBack(3);
      await waitUntil({ what: 'the epoch to arrive', timeoutMs: 10_000, everyMs: 20 }, async () => {
        const seen = await world.engine.probe(b, 2_000);
        return seen.replication?.fenceEpoch === 3;
      });
      await expect(control.pause(b, effect(2))).rejects.toThrow(StaleEpoch);
      await writeAll(['goes on']);
      await untilBoth(['goes on']);
    });

    it('pauses no writer', async () => {
      const refused: unknown = await control.pause(a, effect(2)).catch((cause: unknown) => cause);
      expect(refused).toBeInstanceOf(Refused);
      expect(refused).toMatchObject({ code: 'not-standby' });
      await writeAll(['goes on']);
    });

    it('stop: the replication is ended; a rejoin starts it again', async () => {
      await world.engine.degrade(a, effect(2));
      await control.stop(b, effect(2));
      expect(await world.hosts.status(b, 2_000)).toMatchObject({ engine: 'stopped' });
      expect((await look()).error).toMatch(/^the copy in az-b is failed/);
      await writeAll(['1', '2']);
      await bringBack(3);
      await untilBoth(['1', '2']);
    });

    it('force-full: makes the copy from nothing while a writer writes, with nothing lost, and once an epoch', async () => {
      await writeAll(['before']);
      await world.engine.degrade(a, effect(2));
      const acknowledged = ['before'];
      let isDone = false;
      const writing = (async () => {
        for (let n = 0; !isDone; n += 1) {
          const id = `during-${n}`;
          if ((await world.write(a, id)) === 'acknowledged') acknowledged.push(id);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const before = await world.wholeCopies(b);
      try {
        await world.engine.rejoin(b, a, effect(3, 60_000), { keep: false });
        await world.engine.rejoin(b, a, effect(3, 60_000), { keep: false });
        await world.engine.ensureSynchronous(a, b, effect(3));
      } finally {
        isDone = true;
        await writing;
      }
      expect(await world.wholeCopies(b)).toBe(before + 1);
      expect(acknowledged.length).toBeGreaterThan(1);
      const held = new Set(await world.idsIn(a));
      expect(acknowledged.filter((id) => !held.has(id))).toEqual([]);
      await untilBoth([...held]);
    });

    it('force-full throws nothing away for a writer that is not there', async () => {
      await writeAll(['kept']);
      await untilBoth(['kept']);
      await world.engine.degrade(a, effect(2));
      await world.kill(a);
      const before = await world.wholeCopies(b);
      await expect(world.engine.rejoin(b, a, effect(3, 2_000), { keep: false })).rejects.toMatchObject({
        retryable: true,
      });
      expect(await world.wholeCopies(b)).toBe(before);
      expect(await world.idsIn(b)).toEqual(['kept']);
    });
  });
}
