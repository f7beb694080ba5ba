import { DeadlineExceeded, Refused, StaleEpoch } from '../../lib/domain/errors';
import type { ReplicationView } from '../../lib/domain/observation';
import type { ZoneId } from '../../lib/domain/topology';
import type { Effect, Engine } from '../../lib/ports/engine';
import type { HostControl } from '../../lib/ports/host-control';

/** What a client saw of its write: `unknown` is a wait that it gave up. */
export type WriteOutcome = 'acknowledged' | 'refused' | 'unknown';

/** Two stores at epoch 1: az-a writes and is admitted, az-b is its synchronous standby. */
export interface EngineWorld {
  readonly engine: Engine;
  readonly hosts: HostControl;
  /** How the writer's view shows that `name` is waited for. */
  syncSettingOf(name: string): string;
  /** One write of the workload on a session of its own, with a short deadline of its own. */
  write(zone: ZoneId, id: string): Promise<WriteOutcome>;
  idsIn(zone: ZoneId): Promise<readonly string[]>;
  /** The store stops answering; nothing is lost. */
  freeze(zone: ZoneId): Promise<void>;
  thaw(zone: ZoneId): Promise<void>;
  /** The store dies as in a power cut. */
  kill(zone: ZoneId): Promise<void>;
  /** The machine beside the store does not answer any more. */
  silenceHost(zone: ZoneId): Promise<void>;
  close(): Promise<void>;
}

const [a, b] = ['az-a', 'az-b'] as const;
/** A busy machine may be late by this. */
const slackMs = 400;
const effect = (epoch: number, deadlineMs = 8_000): Effect => ({ epoch, deadlineMs });
const planned = { mode: 'planned', standbyEligible: true } as const;
const emergency = { mode: 'emergency', standbyEligible: true } as const;
const notEligible = { mode: 'emergency', standbyEligible: false } as const;

/** What an engine is, as far as it decides what may be asked of it. */
export interface EngineTraits {
  /**
   * Its quorum elects who writes. Then nothing is fenced by stopping a writer, no standby is proven, given up or made
   * synchronous again, and who is in sync takes over without being told: what is said of those is not asked.
   */
  readonly electsItself?: boolean;
  /**
   * Writes are acknowledged before the standby has them. Then nothing is waited for when a writer loses its standby, an
   * emergency is fenced by the store or by power and never by the promotion, and what must survive the writer's death has
   * to be copied first.
   */
  readonly asynchronous?: boolean;
}

/** The one suite that every engine passes, in memory and real. */
export function describeEngineContract(
  name: string,
  createWorld: () => Promise<EngineWorld>,
  { electsItself = false, asynchronous = false }: EngineTraits = {},
): void {
  const whereEvacDrives = (title: string, test: () => Promise<void>): void => {
    if (!electsItself) it(title, test);
  };
  const driven = asynchronous ? 'power' : 'synchronous-standby';
  const takeOverFence = electsItself ? 'quorum' : driven;
  const syncState = asynchronous ? 'async' : 'sync';

  describe(`engine contract: ${name}`, () => {
    let world: EngineWorld;
    let engine: Engine;
    beforeEach(async () => {
      world = await createWorld();
      engine = world.engine;
    });
    afterEach(() => world.close());

    /** What only a store that waits for its standby can promise. */
    const itSynchronous = (what: string, run: () => Promise<void>): void => {
      if (!asynchronous && !electsItself) it(what, run);
    };
    const viewOf = async (zone: ZoneId): Promise<ReplicationView> => {
      const { state, reason, replication } = await engine.probe(zone, 1_000);
      expect({ state, reason }).toEqual({ state: 'ok', reason: null });
      if (replication === undefined) throw new Error('an ok probe carries the replication view');
      return replication;
    };
    const eventually = async (look: () => Promise<unknown>, wanted: unknown): Promise<void> => {
      const endMs = performance.now() + 3_000;
      while ((await look()) !== wanted && performance.now() < endMs)
        await new Promise((r) => setTimeout(r, 10));
      expect(await look()).toBe(wanted);
    };
    const expectIds = async (zone: ZoneId, ids: readonly string[]): Promise<void> =>
      eventually(async () => (await world.idsIn(zone)).toSorted().join(), ids.toSorted().join());
    /** What a later death must not lose. */
    const expectSafe = async (ids: readonly string[]): Promise<void> => {
      if (asynchronous) await expectIds(b, ids);
    };
    const switchTo = async (zone: ZoneId, epoch: number): Promise<void> => {
      await engine.ensureWriterIn(zone, effect(epoch));
      await engine.admitWrites(zone, effect(epoch));
    };

    it('says of itself what is asked of it here', () => {
      expect(engine.capabilities.electsItself).toBe(electsItself);
    });

    whereEvacDrives('probes writer and standby with all that a witness needs', async () => {
      await engine.beacon(a, 1_000, 1_000);
      const writer = await viewOf(a);
      expect(writer).toMatchObject({ role: 'primary', writable: true, lagSeconds: 0, timeline: 1 });
      expect(writer).toMatchObject({
        syncSetting: world.syncSettingOf('az-b-e1'),
        fenceEpoch: 1,
        blockedWriters: 0,
      });
      expect(writer).toMatchObject({ beaconAtMs: 1_000, upstreamHost: null });
      expect(writer.position).toEqual(expect.any(String));
      const [standby, ...others] = writer.standbys;
      expect(standby).toMatchObject({ name: 'az-b-e1', state: 'streaming', syncState });
      expect(others).toEqual([]);
      await eventually(async () => (await viewOf(b)).beaconAtMs, 1_000);
      const view = await viewOf(b);
      expect(view).toMatchObject({ role: 'standby', writable: false, fenceEpoch: 1, standbys: [] });
      expect(view.upstreamHost).toEqual(expect.any(String));
    });

    it('never rejects a probe: dead and frozen stores have failed, an unknown zone is unknown', async () => {
      await viewOf(a);
      await world.freeze(a);
      const startedMs = performance.now();
      expect(await engine.probe(a, 300)).toMatchObject({ state: 'failed', reason: 'timeout' });
      expect(performance.now() - startedMs).toBeLessThan(300 + slackMs);
      await world.thaw(a);
      await viewOf(a);
      await world.kill(a);
      // A connection kept from the last look may be found reset before a new one is refused.
      const dead = {
        state: 'failed',
        reason: expect.stringMatching(/^(refused|connection lost)$/) as string,
      };
      expect(await engine.probe(a, 1_000)).toMatchObject(dead);
      await eventually(async () => (await engine.probe(a, 1_000)).reason, 'refused');
      expect(await engine.probe('az-z', 300)).toMatchObject({ state: 'unknown' });
    });

    it('keeps the newest beacon, finds it on the other side, and says null where it cannot look', async () => {
      expect(await engine.newestBeaconMs(a, 1_000)).toBeNull();
      await engine.beacon(a, 5_000, 1_000);
      await engine.beacon(a, 4_000, 1_000);
      await eventually(() => engine.newestBeaconMs(a, 1_000), 5_000);
      await eventually(() => engine.newestBeaconMs(b, 1_000), 5_000);
      await expect(engine.beacon(b, 6_000, 1_000)).rejects.toThrow();
      await world.freeze(b);
      await engine.beacon(a, 7_000, 1_000);
      expect(await engine.newestBeaconMs(b, 200)).toBeNull();
    });

    whereEvacDrives('moves the writer as planned and back to synchronous, each step twice', async () => {
      expect(await world.write(a, 'before')).toBe('acknowledged');
      expect(await engine.preflight(b, effect(2))).toMatchObject({ ok: true, findings: [] });
      for (let turn = 0; turn < 2; turn += 1)
        expect(await engine.fence(a, planned, effect(2))).toMatchObject({ kind: 'read-only', holds: true });
      expect(await world.write(a, 'fenced')).toBe('refused');
      expect((await viewOf(a)).writable).toBe(false);
      expect(await engine.waitUntilLevel(a, b, effect(2))).toMatchObject({ level: true, bytesBehind: 0 });
      for (let turn = 0; turn < 2; turn += 1) await engine.ensureWriterIn(b, effect(2));
      expect(await world.write(b, 'not admitted')).toBe('refused');
      expect(await viewOf(b)).toMatchObject({ role: 'primary', writable: false, fenceEpoch: 2, timeline: 2 });
      expect(await engine.verify(b, effect(2))).toMatchObject({ ok: true, findings: [] });
      for (let turn = 0; turn < 2; turn += 1) await engine.admitWrites(b, effect(2));
      expect(await world.write(b, 'after')).toBe('acknowledged');
      const how = await engine.rejoin(a, b, effect(3, 30_000));
      expect(['rewound', 'restarted', 'recloned']).toContain(how.how);
      expect(await engine.rejoin(a, b, effect(3, 30_000))).toEqual({ how: 'already' });
      for (let turn = 0; turn < 2; turn += 1) await engine.ensureSynchronous(b, a, effect(3));
      expect(await viewOf(b)).toMatchObject({ syncSetting: world.syncSettingOf('az-a-e3'), writable: true });
      expect((await viewOf(b)).standbys).toMatchObject([{ name: 'az-a-e3', syncState }]);
      expect(await world.write(b, 'again')).toBe('acknowledged');
      expect(await viewOf(a)).toMatchObject({ role: 'standby', writable: false, syncSetting: '' });
      await expectIds(a, ['before', 'after', 'again']);
    });

    it('undoes a fence, and a promotion of the undone operation that comes late is refused', async () => {
      await engine.fence(a, planned, effect(2));
      for (let turn = 0; turn < 2; turn += 1) await engine.undoFence(a, { standby: b }, effect(3));
      expect(await world.write(a, 'resumed')).toBe('acknowledged');
      await expect(engine.ensureWriterIn(b, effect(2))).rejects.toThrow(StaleEpoch);
      await expect(engine.fence(a, planned, effect(2))).rejects.toThrow(StaleEpoch);
      expect(await viewOf(b)).toMatchObject({ role: 'standby' });
      expect(await world.write(a, 'still')).toBe('acknowledged');
    });

    whereEvacDrives('undoes nothing it cannot be sure of', async () => {
      await engine.fence(a, planned, effect(2));
      await world.freeze(b);
      await expect(engine.undoFence(a, { standby: b }, effect(3, 700))).rejects.toThrow(DeadlineExceeded);
      expect(await world.write(a, 'fenced')).toBe('refused');
      await world.kill(b);
      await engine.undoFence(a, { standby: null }, effect(4));
      expect((await viewOf(a)).writable).toBe(true);
    });

    whereEvacDrives('does not undo a fence once the standby was promoted', async () => {
      await engine.fence(a, planned, effect(2));
      await engine.ensureWriterIn(b, effect(2));
      await expect(engine.undoFence(a, { standby: b }, effect(3))).rejects.toMatchObject({
        code: 'promoted',
      });
      expect(await world.write(a, 'fenced')).toBe('refused');
    });

    it('refuses an older epoch in every mutating method and changes nothing', async () => {
      await engine.rejoin(b, a, effect(5, 30_000));
      await engine.ensureSynchronous(a, b, effect(5));
      await eventually(async () => (await viewOf(b)).fenceEpoch, 5);
      const views = async () =>
        [await viewOf(a), await viewOf(b)].map(({ position: _, lagSeconds: __, ...view }) => view);
      const before = await views();
      const late: readonly (() => Promise<unknown>)[] = [
        () => engine.fence(a, planned, effect(4)),
        () => engine.fence(a, emergency, effect(4)),
        () => engine.fence(b, notEligible, effect(4)),
        () => engine.ensureWriterIn(b, effect(4)),
        () => engine.ensureWriterIn(a, effect(4)),
        () => engine.admitWrites(a, effect(4)),
        () => engine.undoFence(a, { standby: b }, effect(4)),
        () => engine.degrade(a, effect(4)),
        () => engine.rejoin(b, a, effect(4)),
        () => engine.ensureSynchronous(a, b, effect(4)),
        // A broker in sync needs no order of its host, which so has not seen the epoch.
        ...(electsItself ? [] : [() => world.hosts.stop(b, { epoch: 4 }, 2_000)]),
      ];
      for (const act of late) await expect(act()).rejects.toThrow(StaleEpoch);
      expect(await views()).toEqual(before);
      expect(await world.write(a, 'unharmed')).toBe('acknowledged');
    });

    it('takes over from a dead writer with nothing acknowledged lost, and brings it back', async () => {
      for (const id of ['1', '2', '3']) expect(await world.write(a, id)).toBe('acknowledged');
      await expectSafe(['1', '2', '3']);
      await world.kill(a);
      expect(await engine.fence(a, emergency, effect(2))).toMatchObject({ kind: takeOverFence, holds: true });
      const level = await engine.waitUntilLevel(a, b, effect(2, 1_000));
      // Who is in sync is level, whether the old writer can be asked or not.
      expect(level).toMatchObject({
        level: electsItself,
        writerPosition: null,
        bytesBehind: electsItself ? 0 : null,
      });
      expect(level.standbyPosition).toEqual(expect.any(String));
      await switchTo(b, 2);
      expect(await world.write(b, '4')).toBe('acknowledged');
      await expectIds(b, ['1', '2', '3', '4']);
      // Run again after the switch, the step still says what holds.
      expect(await engine.fence(a, emergency, effect(2))).toMatchObject({ holds: true });
      await engine.rejoin(a, b, effect(3, 30_000));
      await engine.ensureSynchronous(b, a, effect(3));
      await expectIds(a, ['1', '2', '3', '4']);
    });

    it('keeps a writer that froze from acknowledging anything after its standby took over', async () => {
      expect(await world.write(a, 'early')).toBe('acknowledged');
      await expectSafe(['early']);
      await world.freeze(a);
      expect(await engine.fence(a, emergency, effect(2))).toMatchObject({ holds: true });
      await switchTo(b, 2);
      await world.thaw(a);
      // A zombie of a quorum may have learnt already that it leads no more.
      const zombie = await world.write(a, 'zombie');
      const alone = asynchronous ? ['refused'] : ['unknown'];
      expect(electsItself ? ['unknown', 'refused'] : alone).toContain(zombie);
      expect(await world.write(b, 'late')).toBe('acknowledged');
      const { how } = await engine.rejoin(a, b, effect(3, 30_000));
      expect(electsItself ? ['already', 'restarted'] : ['rewound', 'recloned']).toContain(how);
      await expectIds(a, ['early', 'late']);
    });

    it('does not cut the power of a writer that was let go on at a newer epoch', async () => {
      await engine.fence(a, planned, effect(2));
      await engine.undoFence(a, { standby: b }, effect(3));
      await expect(engine.fence(a, notEligible, effect(2))).rejects.toMatchObject({ name: 'StaleEpoch' });
      expect(await world.write(a, 'goes-on')).toBe('acknowledged');
    });

    itSynchronous('cuts the power where the standby is no fence, and says so when that fails', async () => {
      const fence = await engine.fence(a, notEligible, effect(2));
      expect(fence).toMatchObject({ kind: 'power', holds: true });
      expect(await world.hosts.status(a, 1_000)).toMatchObject({ engine: 'stopped', epoch: 2 });
      expect(await engine.probe(a, 500)).toMatchObject({ state: 'failed', reason: 'refused' });
      await world.silenceHost(a);
      const without = await engine.fence(a, notEligible, effect(3, 1_000));
      expect(without).toMatchObject({ kind: 'power', holds: false });
      expect(without.why).not.toBe('');
    });

    itSynchronous(
      'holds every acknowledgement back as soon as it has called the standby synchronous',
      async () => {
        await engine.degrade(a, effect(2));
        expect(await world.write(a, 'alone')).toBe('acknowledged');
        await engine.rejoin(b, a, effect(3, 30_000));
        await engine.ensureSynchronous(a, b, effect(3));
        await world.freeze(b);
        for (const id of ['x', 'y', 'z']) expect(await world.write(a, id)).toBe('unknown');
        expect(await engine.probe(a, 1_000)).toMatchObject({ state: 'ok' });
        for (let turn = 0; turn < 2; turn += 1) await engine.degrade(a, effect(4));
        expect(await viewOf(a)).toMatchObject({ syncSetting: '', blockedWriters: 0, fenceEpoch: 4 });
        expect(await world.write(a, 'let go')).toBe('acknowledged');
      },
    );

    itSynchronous(
      'leaves a standby that is waited for as it is when the same step runs again and fails',
      async () => {
        await engine.degrade(a, effect(2));
        await engine.rejoin(b, a, effect(3, 30_000));
        await engine.ensureSynchronous(a, b, effect(3));
        await world.freeze(b);
        expect(await world.write(a, 'held')).toBe('unknown');
        await expect(engine.ensureSynchronous(a, b, effect(3, 1_200))).rejects.toMatchObject({
          retryable: true,
        });
        expect(await viewOf(a)).toMatchObject({ syncSetting: world.syncSettingOf('az-b-e3'), fenceEpoch: 3 });
        expect(await world.write(a, 'alone')).toBe('unknown');
      },
    );

    whereEvacDrives('calls no absent standby synchronous and leaves the writer free', async () => {
      await engine.degrade(a, effect(2));
      await world.kill(b);
      // A writer shows a replica that has died for a moment more.
      await eventually(async () => (await viewOf(a)).standbys.length, 0);
      await expect(engine.ensureSynchronous(a, b, effect(3, 1_200))).rejects.toThrow(DeadlineExceeded);
      expect((await viewOf(a)).syncSetting).toBe('');
      expect(await world.write(a, 'free')).toBe('acknowledged');
    });

    it('needs a writer where a writer is needed', async () => {
      const refusals: readonly (readonly [() => Promise<unknown>, string])[] = [
        [() => engine.admitWrites(b, effect(2)), 'not-writer'],
        [() => engine.degrade(b, effect(2)), 'not-writer'],
        [() => engine.ensureSynchronous(b, a, effect(2)), 'not-writer'],
        [() => engine.rejoin(a, b, effect(2)), 'not-writer'],
        [() => engine.rejoin(a, a, effect(2)), 'same-zone'],
      ];
      const whereItIsFenced: typeof refusals = [
        [() => engine.undoFence(b, { standby: a }, effect(2)), 'not-writer'],
      ];
      for (const [act, code] of electsItself ? refusals : [...refusals, ...whereItIsFenced]) {
        const error = await act().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(Refused);
        expect(error).toMatchObject({ code });
      }
      expect(await engine.verify(b, effect(1))).toMatchObject({ ok: false });
      // The epoch is the whole cluster's, not one server's: what was refused in az-b has raised it.
      const [current, other] = electsItself ? [2, 3] : [1, 2];
      expect(await engine.verify(a, effect(other))).toMatchObject({ ok: false });
      expect(await engine.verify(a, effect(current))).toMatchObject({ ok: true });
      // A cluster that was faster than Evac must not be refused.
      expect((await engine.preflight(a, effect(2))).ok).toBe(electsItself);
    });

    it('ends every call by its deadline when both stores have frozen', async () => {
      await viewOf(a);
      await world.freeze(a);
      await world.freeze(b);
      const brief = effect(2, 500);
      const calls: readonly (() => Promise<unknown>)[] = [
        () => engine.probe(a, 500),
        () => engine.newestBeaconMs(a, 500),
        () => engine.waitUntilLevel(a, b, brief),
        // A third broker answers for the others until it has noticed.
        ...(electsItself ? [() => engine.preflight(b, brief).catch(() => null)] : []),
        ...(asynchronous ? [() => engine.fence(a, emergency, brief)] : []),
      ];
      const rejecting: readonly (() => Promise<unknown>)[] = [
        () => engine.beacon(a, 1, 500),
        () => engine.fence(a, planned, brief),
        ...(asynchronous ? [] : [() => engine.fence(a, emergency, brief)]),
        () => engine.ensureWriterIn(b, brief),
        () => engine.admitWrites(a, brief),
        () => engine.verify(a, brief),
        ...(electsItself ? [] : [() => engine.preflight(b, brief)]),
        () => engine.undoFence(a, { standby: b }, brief),
        () => engine.degrade(a, brief),
        () => engine.rejoin(b, a, brief),
        () => engine.ensureSynchronous(a, b, brief),
      ];
      const startedMs = performance.now();
      await Promise.all([
        ...calls.map((call) => call()),
        ...rejecting.map((call) => expect(call()).rejects.toMatchObject({ retryable: true })),
      ]);
      expect(performance.now() - startedMs).toBeLessThan(500 + slackMs);
    });
  });
}
