import { byHand, withoutStandby, withStandbyDead } from './beginnings';
import type { Bug } from './bug';
import { forgetting, misread, readAs, spaceFor } from './bug';

const waiver = byHand({ mode: 'emergency', acceptLossSeconds: 60 });

/** Bugs where effects act: the servers, their hosts, their clients, the workflow service. */
export const BUGS_OF_STORE: readonly Bug[] = [
  {
    id: 'stale-epoch-accepted',
    rule: 'I4',
    about: 'PostgreSQL is changed without a look at its fence row',
    rules: forgetting('server-takes-any-epoch'),
    space: spaceFor('late fence', { budget: { overruns: 1 }, people: [byHand()] }),
  },
  {
    id: 'late-degrade-accepted',
    rule: '§3b.4',
    about: 'a degrade acts at whatever epoch it arrives',
    rules: forgetting('degrade-without-epoch'),
    space: spaceFor('late degrade', { budget: { witnesses: 1, overruns: 1 }, begin: withStandbyDead }),
  },
  {
    id: 'holders-are-not-ended',
    rule: '§3b.4',
    about: 'an older effect that holds the lock is left to act',
    rules: forgetting('holders-are-not-ended'),
    space: spaceFor('stuck holder', { budget: { witnesses: 1, overruns: 1 }, begin: withStandbyDead }),
  },
  {
    id: 'late-do-after-undo',
    rule: '§3b.1',
    about: 'a switch under way is undone while its promotion can still land: the other side is not settled',
    rules: {
      ...forgetting('standby-is-not-settled'),
      tell: misread(readAs('switching', 'undoing'), 'store.readSeat'),
    },
    space: spaceFor('late promotion', { budget: { overruns: 1 }, people: [byHand()] }),
  },
  {
    id: 'eligible-on-displayed-sync',
    rule: '§3b.3',
    about: 'the sync state that is shown is believed before a commit was seen to wait',
    rules: forgetting('displayed-sync-is-believed'),
    space: spaceFor('displayed sync', { budget: { writes: 1, witnesses: 1 }, begin: withoutStandby }),
  },
  {
    id: 'eligible-before-flushed',
    rule: '§3b.3',
    about: 'eligible is committed before the standby has flushed past the open gate',
    rules: forgetting('gate-is-not-flushed-past'),
    space: spaceFor('not flushed', { budget: { writes: 1, witnesses: 1 }, begin: withoutStandby }),
  },
  {
    id: 'gate-goes-at-own-epoch',
    rule: 'I8',
    about: 'a failed run of the gate takes it away at its own epoch, under a second run that has opened it',
    rules: forgetting('gate-goes-at-own-epoch'),
    space: spaceFor('gate twice', { budget: { witnesses: 1, doubles: 1 }, begin: withoutStandby }),
  },
  {
    id: 'gate-is-closed-again',
    rule: 'I8',
    about: 'a second run of the gate closes it again under a standby that is eligible',
    rules: forgetting('gate-is-closed-again'),
    space: spaceFor('gate again', { budget: { witnesses: 1, doubles: 1 }, begin: withoutStandby }),
  },
  {
    id: 'promoted-open',
    rule: 'I7',
    about: 'a promoted server takes writes at once',
    rules: forgetting('promoted-open'),
    space: spaceFor('promotion', { people: [byHand()] }),
  },
  {
    id: 'power-is-not-cut',
    rule: 'I1',
    about: 'the power fence is reported and not made',
    rules: forgetting('power-is-not-cut'),
    space: spaceFor('unfenced', { budget: { writes: 1 }, people: [waiver], begin: withoutStandby }),
  },
  {
    id: 'boot-without-seat',
    rule: '§3b.8',
    about: 'a machine that comes back starts its server as it was',
    rules: forgetting('boot-without-seat'),
    space: spaceFor('boot', {
      budget: { faults: 1, returns: 1 },
      faults: ['az-a dies'],
      people: [waiver],
      begin: withoutStandby,
    }),
  },
  {
    id: 'retry-acknowledges-phantom',
    rule: '§3b.8',
    about: 'a retried write that finds its own unreplicated row is acknowledged',
    rules: forgetting('retry-acknowledges-phantom'),
    space: spaceFor('phantom', {
      budget: { faults: 1, returns: 1, writes: 1, retries: 1 },
      faults: ['az-a dies'],
    }),
  },
  {
    id: 'cancelled-wait-acknowledges',
    rule: '§3b.8',
    about: "the fence cancels the workload's waiting commits, which makes them succeed",
    rules: forgetting('fence-cancels-waits'),
    space: spaceFor('cancelled waits', { budget: { writes: 1 }, people: [byHand()] }),
  },
  {
    id: 'host-takes-any-epoch',
    rule: 'I4',
    about: 'a host carries out an order of an older epoch',
    rules: forgetting('host-takes-any-epoch'),
    space: spaceFor('late order', {
      budget: { witnesses: 2, late: 1, looks: 1 },
      begin: withoutStandby,
    }),
  },
  {
    id: 'double-start',
    rule: 'I5',
    about: 'a start of the same name runs twice',
    rules: forgetting('start-is-not-idempotent'),
    space: spaceFor('two starts', {
      budget: { faults: 1, looks: 1, witnesses: 1, outbox: 1 },
      faults: ['az-a dies'],
    }),
  },
];
