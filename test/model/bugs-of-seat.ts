import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import type { Ports } from '../../lambdas/shared/ports';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import type { SeatPatch } from '../../lib/domain/protocol/transitions';
import { NOW_MS, replicationWith } from '../domain/decision/world';
import {
  admitted,
  afterFailover,
  byHand,
  degraded,
  degrading,
  fenced,
  saved,
  withoutStandby,
  withStandbyDead,
} from './beginnings';
import type { Bug } from './bug';
import { believedWell, misread, readAs, setting, spaceFor, without } from './bug';
import { isError, refusedAs } from './calls';
import type { Lambda } from './lambdas';
import { LAMBDAS, RECONCILE_STUCK, RESEAT, witnessRound } from './lambdas';
import { COOLDOWN_UNTIL_MS } from './seats';
import { setSeat } from './space';

const IN_COOLDOWN: SeatPatch = { cooldownUntilMs: COOLDOWN_UNTIL_MS };
const withoutCooldown = ({ cooldownUntilMs: _until, ...patch }: SeatPatch): SeatPatch => patch;

const withoutEpochsInForce = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  observations: snapshot.observations.map((observation) => ({
    ...observation,
    targets: observation.targets.map((target) => ({
      ...target,
      latest: { ...target.latest, replication: replicationWith({ fenceEpoch: null }) },
    })),
  })),
});

/** The shipped reseat, over a port that makes up an answer for a silent zone. */
const reseatWhereItAnswers: Lambda = (_input: never, ports: Ports) => {
  const silent = {
    state: 'ok',
    reason: null,
    latencyMs: 1,
    replication: replicationWith({ role: 'standby', fenceEpoch: 0 }),
  } as const;
  const probe: Ports['postgres']['probe'] = async (zone, timeoutMs) => {
    const seen = await ports.postgres.probe(zone, timeoutMs);
    return seen.replication === undefined ? silent : seen;
  };
  return reconcileSeat({ ...ports, postgres: { ...ports.postgres, probe } }, { behind: 1 });
};

/** Bugs in the seat's rows and in how the seat is read. */
export const BUGS_OF_SEAT: readonly Bug[] = [
  {
    id: 'wall-clock-lease',
    rule: 'I5',
    about: 'a holder whose lease has run out by the clock is taken to be gone',
    rules: {
      eager: true,
      seatRow: without('claim', 'seatIsFree'),
      tell: misread((seat) => ({ ...seat, operation: null }), 'store.readSituation'),
    },
    space: spaceFor('leases', { budget: { faults: 1, looks: 1, witnesses: 2 }, faults: ['az-a dies'] }),
  },
  {
    id: 'claim-of-a-stale-epoch',
    rule: 'I4',
    about: 'a claim does not compare the epoch that it decided on',
    rules: { seatRow: without('claim', 'epochIs') },
    space: spaceFor('two claims', {
      budget: { faults: 1, looks: 1, witnesses: 2, stuck: 1 },
      faults: ['az-a dies'],
    }),
  },
  {
    id: 'claim-without-eligible',
    rule: '§3b.7',
    about: 'whoever streams counts as eligible, and the claim does not compare it',
    rules: {
      seatRow: without('claim', 'eligibleIs'),
      tell: misread((seat) => ({ ...seat, eligible: seat.eligible ?? 'az-b' }), 'store.readSituation'),
      eager: true,
    },
    space: spaceFor('not eligible', {
      budget: { faults: 1, looks: 1, writes: 1, witnesses: 1 },
      faults: ['az-a dies'],
      begin: withoutStandby,
    }),
  },
  {
    id: 'degrade-before-commit',
    rule: 'I8',
    about: '"not eligible" is committed when the degrade ends, not when it is claimed',
    rules: {
      seatRow: setting((event, patch) => {
        if (event.type === 'claim' && event.operation.kind === 'degrade') {
          const { epoch, operation } = patch;
          return {
            ...(epoch === undefined ? {} : { epoch }),
            ...(operation === undefined ? {} : { operation }),
          };
        }
        const ends = event.type === 'commit' && event.outcome.kind === 'degrade';
        return ends ? { ...patch, eligible: null } : patch;
      }),
    },
    space: spaceFor('standby dead', {
      budget: { writes: 1, witnesses: 1 },
      begin: withStandbyDead,
    }),
  },
  {
    id: 'given-up-and-eligible',
    rule: 'I8',
    about:
      'a move that is undone without its target lets the writer go on alone, and the target stays eligible',
    rules: {
      seatRow: setting((event, patch) => {
        if (event.type === 'give-up-standby')
          return { ...patch, eligible: event.seen.operation.eligibleBefore.postgres ?? null };
        const ends = event.type === 'release' && event.outcome.result === 'rolled-back';
        return ends ? { ...patch, eligible: 'az-b' } : patch;
      }),
    },
    space: spaceFor('given up', {
      budget: { writes: 1, deaths: 1 },
      begin: (world) => {
        fenced({ phase: 'fenced' })(world);
        withStandbyDead(world);
      },
    }),
  },
  {
    id: 'silent-degrade-undone',
    rule: 'I8',
    about:
      'a degrade whose writer is silent is given back with its standby eligible, as if nothing had been done',
    rules: {
      seatRow: setting((event, patch) =>
        event.type === 'release' && event.outcome.kind === 'degrade' ? { ...patch, eligible: 'az-b' } : patch,
      ),
    },
    space: spaceFor('silent degrade', {
      budget: { faults: 1, writes: 1, deaths: 1 },
      faults: ['az-a dies'],
      begin: (world) => {
        degrading(world);
        Object.assign(world.servers['az-a'], { syncName: '', fenceEpoch: 8 });
        world.linkCut = true;
      },
    }),
  },
  {
    id: 'silent-writer-is-waited-for',
    rule: 'S2',
    about: 'nobody is let move away from a writer whose degrade has died, since the seat stays held',
    rules: {
      tell: believedWell('az-a'),
    },
    space: spaceFor('silent writer', {
      budget: { faults: 1, deaths: 1 },
      faults: ['az-a dies'],
      begin: degrading,
    }),
  },
  {
    id: 'cooldown-from-start',
    rule: 'I6',
    about: 'the cooldown begins with the claim',
    rules: {
      seatRow: setting((event, patch) => {
        if (event.type === 'claim') return { ...patch, ...IN_COOLDOWN };
        return event.type === 'commit' ? withoutCooldown(patch) : patch;
      }),
    },
    space: spaceFor('cooldown', { people: [byHand()] }),
  },
  {
    id: 'rollback-starts-cooldown',
    rule: '§3b.17',
    about: 'an operation that was given back starts a cooldown',
    rules: {
      seatRow: setting((event, patch) => (event.type === 'release' ? { ...patch, ...IN_COOLDOWN } : patch)),
    },
    space: spaceFor('given back', { budget: { crashes: 1, stuck: 1 }, people: [byHand()] }),
  },
  {
    id: 'drill-starts-cooldown',
    rule: '§3b.16',
    about: 'the failover that a drill provoked starts a cooldown',
    rules: {
      seatRow: setting((event, patch) => (event.type === 'commit' ? { ...patch, ...IN_COOLDOWN } : patch)),
    },
    space: spaceFor('drill ends', { budget: { deaths: 1 }, begin: admitted({ trigger: 'drill' }) }),
  },
  {
    id: 'human-ignores-cooldown',
    rule: 'I6',
    about: 'a person who did not override the cooldown gets through it',
    rules: {
      seatRow: without('claim', 'cooldownOver'),
      tell: misread((seat) => ({ ...seat, cooldownUntilMs: 0 }), 'store.readSeat'),
    },
    space: spaceFor('inside the cooldown', {
      people: [byHand()],
      begin: (world) => setSeat(world, { cooldownUntilMs: COOLDOWN_UNTIL_MS }),
    }),
  },
  {
    id: 'ttl-trusted',
    rule: 'I11',
    about: 'a drill counts until its TTL has deleted it, and that is late',
    rules: {
      lambdas: { ...LAMBDAS, 'probe-zone': witnessRound((snapshot) => ({ ...snapshot, nowMs: 0 })) },
    },
    space: spaceFor('expired drill', {
      budget: { faults: 1, looks: 1, witnesses: 1 },
      faults: ['az-a dies'],
      begin: (world) => setSeat(world, { drill: { id: 'drill', zone: 'az-a', untilMs: NOW_MS - 1 } }),
    }),
  },
  {
    id: 'undo-without-new-epoch',
    rule: '§3b.1',
    about: 'whoever takes over keeps the epoch of the dead operation',
    rules: {
      seatRow: setting((event, patch) =>
        event.type === 'take-over' && patch.operation !== undefined && patch.operation !== null
          ? { ...patch, epoch: event.seen.epoch, operation: { ...patch.operation, epoch: event.seen.epoch } }
          : patch,
      ),
    },
    space: spaceFor('taken over', { budget: { stuck: 1 }, begin: admitted() }),
  },
  {
    id: 'commit-by-anybody',
    rule: 'I5',
    about: 'the end of an operation does not compare whose it is',
    rules: { seatRow: without('commit', 'operationIs', 'progressIs') },
    space: spaceFor('two ends', {
      budget: { deaths: 1, stuck: 1 },
      begin: admitted(),
    }),
  },
  {
    id: 'undo-after-admission',
    rule: 'I7',
    about: 'the reconciler takes an admitted move for one that can be undone',
    rules: { tell: misread(readAs('admitted', 'switched'), 'store.readSeat') },
    space: spaceFor('admitted and dead', { budget: { deaths: 1 }, begin: admitted() }),
  },
  {
    id: 'undo-keeps-eligible',
    rule: 'I2',
    about: 'a move undone after its switch calls the stopped target eligible',
    rules: {
      seatRow: setting((event, patch) => (event.type === 'release' ? { ...patch, eligible: 'az-b' } : patch)),
    },
    space: spaceFor('rejoin given back', {
      budget: { witnesses: 1, crashes: 1, stuck: 1 },
      begin: withoutStandby,
    }),
  },
  {
    id: 'own-write-read-as-refusal',
    rule: '§3b.11',
    about: 'a claim that went through and was sent again takes its own write for somebody else',
    rules: {
      tell: (call, answer) => {
        const [event] = call.args as readonly [{ readonly type?: string } | undefined];
        const isClaim = call.name === 'store.apply' && event?.type === 'claim';
        return isClaim && !isError(answer) ? refusedAs('busy') : answer;
      },
    },
    space: spaceFor('one claim', { people: [byHand()] }),
  },
  {
    id: 'seat-held-for-ever',
    rule: '§3b.11',
    about: 'an operation that stands still is waited for without an end',
    rules: { lambdas: { ...LAMBDAS, [RECONCILE_STUCK]: async () => undefined } },
    space: spaceFor('claimer gone', {
      budget: { faults: 1, looks: 1, witnesses: 1, crashes: 1 },
      faults: ['az-a dies'],
    }),
  },
  {
    id: 'epoch-reset-by-table-restore',
    rule: 'I4',
    about: 'a restored seat counts on from its own epoch, not from what the engines have in force',
    rules: {
      seatRow: setting((event, patch) =>
        event.type === 'reseat' ? { ...patch, epoch: event.seen.epoch + 1 } : patch,
      ),
    },
    space: spaceFor('restored', { budget: { restores: 1, reseats: 1 }, begin: saved(afterFailover) }),
  },
  {
    id: 'restored-seat-believed',
    rule: 'I4',
    about: 'whoever decides does not compare the seat with the epochs in force',
    rules: {
      lambdas: {
        ...LAMBDAS,
        'probe-zone': witnessRound(withoutEpochsInForce),
      },
      eager: true,
    },
    space: spaceFor('restored, and a zone is lost', {
      budget: { restores: 1, witnesses: 1 },
      begin: (world) => {
        saved(degraded)(world);
        withStandbyDead(world);
      },
    }),
  },
  {
    id: 'restored-eligible-kept',
    rule: 'I4',
    about: 'the reseat believes the backup about who is eligible',
    rules: {
      seatRow: setting((event, patch) =>
        event.type === 'reseat' ? { ...patch, eligible: event.seen.eligible } : patch,
      ),
    },
    space: spaceFor('restored alone', {
      budget: { restores: 1, reseats: 1, writes: 1 },
      begin: saved(degraded),
    }),
  },
  {
    id: 'reseat-on-one-answer',
    rule: 'I4',
    about: 'a zone that does not answer is taken to know nothing newer',
    rules: { lambdas: { ...LAMBDAS, [RESEAT]: reseatWhereItAnswers } },
    space: spaceFor('restored, and the new writer is cut off', {
      budget: { reseats: 1 },
      begin: (world) => {
        afterFailover(world);
        Object.assign(world.servers['az-a'], { fenceEpoch: 8, history: 0 });
        setSeat(world, {});
        Object.assign(world.servers['az-b'], { fenceEpoch: 9, history: 1 });
        Object.assign(world, { acked: 1, written: 1 });
        world.zones['az-b'] = 'cut';
      },
    }),
  },
];
