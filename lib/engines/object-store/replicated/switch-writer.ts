import { Side, turnedToStandby, turnedToWriter } from '../../../domain/copier/cursor';
import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Rebuild } from '../../../domain/protocol/seat';
import type { Effect, Engine } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import { emptyCopy } from './empty-copy';
import { setMark, untilDeadline, waitDrained } from './level';
import type { ObjectsContext } from './replicated-objects';
import { requireWriter, setGate, underEpoch } from './under-epoch';
import type { ZoneStores } from './zone-stores';

/** The standby that was proven to follow under `epoch`. */
export const standbyNameOf = (zone: ZoneId, epoch: number): string => `${zone}-e${epoch}`;

/**
 * See `Engine.ensureWriterIn`: turns the direction in the target's own cursor. From then on no copier gets anything in. The
 * gate is closed first: a standby's always was, but nobody is to rely on that.
 */
export async function ensureWriterIn(stores: ZoneStores, zone: ZoneId, effect: Effect): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  const store = stores.at(zone);
  await underEpoch(store, effect, deadline, {
    change: (cursor) => cursor,
    act: async ({ side }) => {
      if (side === Side.standby) await setGate(store, false, effect.epoch, deadline);
      await store.cursor.change((cursor) => turnedToWriter(cursor, effect.epoch), deadline);
    },
  });
}

/** See `Engine.admitWrites`. @throws Refused `not-writer` */
export async function admitWrites(stores: ZoneStores, zone: ZoneId, effect: Effect): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  const store = stores.at(zone);
  await underEpoch(store, effect, deadline, {
    change: (cursor) => {
      requireWriter(cursor);
      return cursor;
    },
    act: () => setGate(store, true, effect.epoch, deadline),
  });
}

/**
 * See `Engine.undoFence`: the epoch is raised here and on the other side, which has a cursor of its own; a late promotion of
 * the operation undone finds it there.
 * @throws Refused `promoted`, `not-writer`; what the other side says when it cannot be settled: the fence stays.
 */
export async function undoFence(
  stores: ZoneStores,
  from: ZoneId,
  standby: ZoneId | null,
  effect: Effect,
): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  const store = stores.at(from);
  await underEpoch(store, effect, deadline, {
    change: (cursor) => {
      requireWriter(cursor);
      return cursor;
    },
    act: async () => {
      if (standby !== null) await settleStandby(stores, standby, effect, deadline);
      await setGate(store, true, effect.epoch, deadline);
    },
  });
}

async function settleStandby(
  stores: ZoneStores,
  standby: ZoneId,
  effect: Effect,
  deadline: Deadline,
): Promise<void> {
  await underEpoch(stores.at(standby), effect, deadline, {
    change: (cursor) => {
      if (cursor.side === Side.standby) return cursor;
      const why = `the store in ${standby} has been turned to writing: only forward from here`;
      throw new Refused('promoted', why, { zone: standby });
    },
    act: async () => undefined,
  });
}

/**
 * See `Engine.degrade`. Nobody waits for a copy, so nobody is let go: the writer's cursor says no more that a standby is
 * proven, and a promotion that relied on it is refused by its epoch.
 */
export async function degrade(stores: ZoneStores, zone: ZoneId, effect: Effect): Promise<void> {
  await underEpoch(stores.at(zone), effect, startDeadline(effect.deadlineMs), {
    change: (cursor) => {
      requireWriter(cursor);
      return { ...cursor, standby: '' };
    },
    act: async () => undefined,
  });
}

/**
 * See `Engine.ensureSynchronous`. An object store has nobody to wait for: writes are acknowledged before they are copied,
 * and what is not copied yet is what an emergency loses, bounded by the lag. What can be proven is that the standby
 * follows: everything that was there a moment ago is there, its first whole sweep among it.
 * @throws DeadlineExceeded when it is not in time: the standby must not be called eligible.
 */
export async function ensureSynchronous(
  stores: ZoneStores,
  writer: ZoneId,
  standby: ZoneId,
  effect: Effect,
): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  const mark = await setMark(stores.at(writer), effect, deadline);
  await untilDeadline(deadline, `${standby} to follow ${writer}`, () =>
    requireFollowing(stores, { writer, standby }, effect, deadline),
  );
  await waitDrained(stores.at(standby), mark, deadline);
  await underEpoch(stores.at(writer), effect, deadline, {
    change: (cursor) => {
      requireWriter(cursor);
      return { ...cursor, standby: standbyNameOf(standby, effect.epoch) };
    },
    act: async () => undefined,
  });
}

async function requireFollowing(
  stores: ZoneStores,
  { writer, standby }: { readonly writer: ZoneId; readonly standby: ZoneId },
  effect: Effect,
  deadline: Deadline,
): Promise<true> {
  await underEpoch(stores.at(standby), effect, deadline, {
    change: (cursor) => {
      if (cursor.side === Side.standby && cursor.writer === writer) return cursor;
      throw new Refused(
        'not-a-standby',
        `the store in ${standby} does not follow ${writer}; rejoin it first`,
      );
    },
    act: async () => undefined,
  });
  return true;
}

interface RejoinRequest {
  readonly zone: ZoneId;
  readonly writer: ZoneId;
  readonly rebuild: Rebuild | undefined;
}

/**
 * See `Engine.rejoin`: the host starts the store when it is down, the workload is kept out of it, and its direction is turned.
 * The rest is the copier's: where it meets what this side has and the writer never had, it puts that aside (§3b.13)
 * before anything is put over it. With `rebuild` everything that is here goes, and the copier brings the whole.
 */
export async function rejoin(
  { stores, hosts }: ObjectsContext,
  { zone, writer, rebuild }: RejoinRequest,
  effect: Effect,
): ReturnType<Engine['rejoin']> {
  if (zone === writer) throw new Refused('same-zone', `${zone} is the writer and cannot follow itself`);
  const deadline = startDeadline(effect.deadlineMs);
  const [store, upstream] = [stores.at(zone), stores.at(writer)];
  await underEpoch(upstream, effect, deadline, {
    change: (cursor) => {
      requireWriter(cursor);
      return cursor;
    },
    act: async () => undefined,
  });
  const { hostname, port } = new URL(`http://${upstream.host}`);
  const order = {
    epoch: effect.epoch,
    upstreamHost: hostname,
    upstreamPort: Number(port),
    standbyName: standbyNameOf(zone, effect.epoch),
  };
  const started = await hosts?.rejoin(zone, order, Math.max(1, deadline.remainingMs()));
  return underEpoch(store, effect, deadline, {
    change: (cursor) => cursor,
    act: async ({ since }) => {
      await setGate(store, false, effect.epoch, deadline);
      if (rebuild !== undefined) {
        const kept = await emptyCopy(store, { writer, epoch: effect.epoch, ...rebuild }, deadline);
        return { how: 'recloned', ...(kept === null ? {} : { kept }) } as const;
      }
      const turned = await store.cursor.change(
        (cursor) => turnedToStandby(cursor, writer, effect.epoch),
        deadline,
      );
      if (turned.since !== since) return { how: 'rewound' } as const;
      return { how: started?.how ?? 'already' } as const;
    },
  });
}
