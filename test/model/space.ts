import type { RequestInput } from '../../lib/contract/payload';
import type { Seat } from '../../lib/domain/protocol/seat';
import { seatWith } from '../domain/decision/world';
import { aheadOf, gridOf, truthOf } from './looking';
import { seatIdOf } from './seats';
import type { FaultName } from './surroundings';
import type { Budget, DataZone, Server, World } from './world';
import { BUDGETS } from './world';

/** A bounded part of all that can happen: where it begins, and how often each kind of thing may happen. */
export interface Space {
  readonly name: string;
  readonly about: string;
  readonly budget: Partial<Budget>;
  readonly faults: readonly FaultName[];
  readonly people: readonly RequestInput[];
  /** Where it begins, when not: az-a writes, az-b is eligible, all is well. */
  readonly begin?: (world: World) => void;
}

const EPOCH = 7;
const standbyName = 'az-b-e7';

const serverIn = (zone: DataZone): Server => ({
  running: true,
  booting: false,
  inRecovery: zone === 'az-b',
  readOnly: zone === 'az-b',
  timeline: 1,
  syncName: zone === 'az-a' ? standbyName : '',
  settling: false,
  upstream: zone === 'az-b' ? 'az-a' : '',
  streamsAs: zone === 'az-b' ? standbyName : '',
  history: 0,
  waiting: 0,
  fenceEpoch: EPOCH,
  fenceZone: 'az-a',
  hostEpoch: EPOCH,
});

export const setSeat = (world: World, seat: Partial<Seat>): void => {
  world.seat = seatIdOf(seatWith({ epoch: EPOCH, ...seat }));
};

const FIRST_ROUND = 100;

/** The witnesses have written down what there is to see. */
export const haveLooked = (world: World): void => {
  world.looked = {
    grid: gridOf(world),
    rounds: [FIRST_ROUND, FIRST_ROUND, FIRST_ROUND, FIRST_ROUND],
    truth: truthOf(world),
    ahead: aheadOf(world),
  };
};

export const firstWorldOf = ({ budget, people, begin }: Space): World => {
  const none = Object.fromEntries(BUDGETS.map((name) => [name, 0])) as Budget;
  const world: World = {
    seat: seatIdOf(seatWith({ epoch: EPOCH })),
    savedSeat: -1,
    servers: { 'az-a': serverIn('az-a'), 'az-b': serverIn('az-b') },
    zones: { 'az-a': 'well', 'az-b': 'well' },
    witnessC: 'well',
    linkCut: false,
    traffic: 'az-a',
    looked: { grid: '', rounds: [], truth: '', ahead: 0 },
    record: 0,
    asked: false,
    executions: {},
    processes: [],
    acked: 0,
    written: 0,
    waived: 0,
    unfenced: '',
    diedAt: { 'az-a': 0, 'az-b': 0 },
    budget: { ...none, humans: people.length, ...budget },
    broken: [],
  };
  begin?.(world);
  haveLooked(world);
  return world;
};
