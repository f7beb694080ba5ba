import { DamagedState } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { heldDecisionKey } from '../../lib/state/keys';
import { createMemoryStore } from '../../lib/state/memory-store';
import type { Item } from '../../lib/state/parse-item';
import { claimOf, failoverAt, observationBy, recordAt, seatAt, WITNESSES } from './seats';

/** A store whose items were edited by hand. */
const open = (edits: Readonly<Record<string, Item>>) => {
  const items = new Map<string, Item>(Object.entries(edits));
  return {
    items,
    store: createMemoryStore({
      workload: 'orders',
      witnesses: WITNESSES,
      dataZones: ['az-a', 'az-b'],
      items,
    }),
  };
};

const seatItem = (changes: Readonly<Record<string, unknown>>): Item => ({
  ...seatAt({ operation: failoverAt(3) }),
  sk: 'seat',
  ...changes,
});

const complaint = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DamagedState);
  return (error as Error).message;
};

describe('a damaged seat', () => {
  it.each<[what: string, changes: Readonly<Record<string, unknown>>, place: string]>([
    ['no epoch', { epoch: undefined }, 'at epoch: '],
    ['a text for an epoch', { epoch: '3' }, 'at epoch: '],
    ['half an epoch', { epoch: 3.5 }, 'at epoch: '],
    ['a negative epoch', { epoch: -1 }, 'at epoch: '],
    ['no writer', { writer: '' }, 'at writer: '],
    ['an unknown writer', { writer: 'az-x' }, 'at writer: "az-x" found, one of az-a, az-b expected'],
    ['an unknown standby', { eligible: 'az-c' }, 'at eligible: "az-c" found'],
    ['a writer that is its own standby', { eligible: 'az-a' }, 'the writer az-a cannot be its own standby'],
    ['an operation that is a text', { operation: 'failover' }, 'at operation: '],
    ['a phase that is none', { operation: { ...failoverAt(3), phase: 'almost' } }, 'at operation.phase: '],
    ['an operation ahead of the seat', { operation: failoverAt(4) }, "beyond the seat's epoch 3"],
    ["another workload's seat", { workload: 'bank' }, 'at workload: "bank" found, "orders" expected'],
    ['no nonce', { nonce: undefined }, 'at nonce: '],
  ])('is named: %s', async (_what, changes, place) => {
    const { store } = open({ seat: seatItem(changes) });
    const message = await complaint(store.readSeat());
    expect(message).toContain('The item "seat" in the state table is not what Evac writes');
    expect(message).toContain(place);
  });

  it('refuses what would change it, and stays as it is', async () => {
    const { store, items } = open({ seat: seatItem({ operation: 'gone' }) });
    await complaint(store.apply(claimOf(seatAt())));
    await complaint(store.apply(claimOf(seatAt()), { record: recordAt(4), voters: [] }));
    await complaint(store.initialiseSeat(seatAt()));
    expect(items.get('seat')).toEqual(seatItem({ operation: 'gone' }));
  });

  it('may have more in it than this version knows', async () => {
    const { store } = open({ seat: seatItem({ pk: 'orders', fromTheFuture: 1 }) });
    const seat: Seat | null = await store.readSeat();
    expect(seat).toEqual(seatAt({ operation: failoverAt(3) }));
  });
});

describe('damaged history', () => {
  const heldKey = heldDecisionKey(3, 1, 'n');

  it.each<[what: string, sk: string, item: Item, place: RegExp]>([
    [
      'an observation without targets',
      'observation#az-b',
      { ...observationBy('az-b', 1), targets: [] },
      /at targets: /,
    ],
    [
      'targets that are no JSON',
      'observation#az-b',
      { ...observationBy('az-b', 1), targets: '[{' },
      /at targets: no JSON text/,
    ],
    [
      'a target of no kind',
      'observation#az-b',
      { ...observationBy('az-b', 1), targets: '[{"kind":"x"}]' },
      /at targets\.0\.kind: /,
    ],
    ['a decision that is none', heldKey, { record: '{}' }, /at record\.epoch: /],
    [
      'a decision in circumstances that are none',
      heldKey,
      { record: JSON.stringify({ ...recordAt(3), circumstances: { actor: 'sam' } }) },
      /at record\.circumstances\.trigger: /,
    ],
    ['a policy that is none', 'policy#v1', { topology: '{}' }, /at topology\.workload: /],
    ['a policy that is no JSON', 'policy#v1', { topology: '{' }, /at topology: no JSON text/],
    ['a comparison that is none', 'copies#redis#1#x', { epoch: 3, execution: 'x' }, /at startedAtMs: /],
    ['a sample that is none', 'sample#redis', { store: 'redis' }, /at writer: /],
    ['samples of the past that are none', 'sample#redis#1#x', { samples: '[{}]' }, /at samples\.0\.store: /],
    ['a step that is none', 'step#000000000003#x', { epoch: 3, name: 'x' }, /at status: /],
  ])('is named: %s', async (_what, sk, item, place) => {
    const { store } = open({ [sk]: { sk, ...item } });
    const reads = [
      () => store.readObservations(),
      () => store.recentDecisions(1),
      () => store.readSteps(3),
      () => store.readPolicy('v1'),
      () => store.newestCopies('redis'),
      () => store.readSamples(['redis']),
      () => store.newestSamples('redis', 1),
    ];
    const outcomes = await Promise.allSettled(reads.map((read) => read()));
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as Error] : [],
    );
    expect(failed).toHaveLength(1);
    expect(failed[0]).toBeInstanceOf(DamagedState);
    expect(failed[0]?.message).toContain(`The item "${sk}"`);
    expect(failed[0]?.message).toMatch(place);
  });
});
