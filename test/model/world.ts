import type { ZoneId } from '../../lib/domain/topology';

/** Everything outside the controllers that a guard or an invariant reads, in small values. */

export const DATA_ZONES = ['az-a', 'az-b'] as const;
export type DataZone = (typeof DATA_ZONES)[number];
export const otherZone = (zone: ZoneId): DataZone => (zone === 'az-a' ? 'az-b' : 'az-a');

/** `cut`: alive for those inside it, no packet in or out. */
export type Condition = 'well' | 'dead' | 'frozen' | 'cut';
/** az-c's witness. `blind`: it reaches the state store and no zone; `stalled`: its timers run late. */
export type WitnessCondition = 'well' | 'blind' | 'stalled' | 'silent';

/** One PostgreSQL, as far as the protocol depends on it. Writes are bits: bit n is the n-th write of a client. */
export interface Server {
  running: boolean;
  /** Its machine is up again and has not decided yet whether to start it. */
  booting: boolean;
  inRecovery: boolean;
  readOnly: boolean;
  timeline: number;
  /** '' = nobody is waited for; GATE = a name that never connects. */
  syncName: string;
  /** The sync setting is written and shown, and the checkpointer has not taken it: commits do not wait yet (§3b.3). */
  settling: boolean;
  upstream: DataZone | '';
  streamsAs: string;
  history: number;
  /** Committed here, the client still waits for its acknowledgement. */
  waiting: number;
  fenceEpoch: number;
  fenceZone: DataZone;
  /** The highest epoch that the host beside it was ordered with. */
  hostEpoch: number;
}
export const GATE = 'evac_gate';

/** What the witnesses wrote last; a silent one's row is `-`, and its round stays. */
export interface Looked {
  grid: string;
  /** By witness, in the order of WITNESSES. */
  rounds: readonly number[];
  /** Which zones' PostgreSQL in truth answered nobody then: for I9 only. */
  truth: string;
  /** The newest epoch in force, when it was newer than the seat's; 0: it was not. */
  ahead: number;
}

export const EFFECTS = ['crashes', 'timeouts', 'late', 'overruns', 'doubles', 'aborts', 'retried'] as const;
export const STARTS = ['witnesses', 'alarms', 'humans', 'outbox', 'deaths', 'stuck', 'reseats'] as const;
export const SURROUNDINGS = [
  'faults',
  'returns',
  'writes',
  'retries',
  'looks',
  'leaps',
  'cooldowns',
  'restores',
] as const;
export const BUDGETS = [...EFFECTS, ...STARTS, ...SURROUNDINGS] as const;
export type BudgetName = (typeof BUDGETS)[number];
/** How often each kind of thing may still happen: this alone makes the space finite. */
export type Budget = Record<BudgetName, number>;

export type ProcessKind = 'task' | 'caller' | 'zombie' | 'late';

/** A controller: one run of shipped code, or one effect that outlived its caller. */
export interface Process {
  kind: ProcessKind;
  execution: string;
  /** Where its state machine is; -1 for none. */
  place: number;
  /** Its local state; of a `late` effect: the call. */
  node: number;
  /** How far the pending call has come; -1: its session was ended. */
  stage: number;
  /** Whose advisory lock it holds, at which epoch. */
  lock: DataZone | '';
  lockEpoch: number;
}

export interface World {
  /** Number of the seat's item; see seats.ts. */
  seat: number;
  /** What a restore of the table would bring back; -1: there is no backup. */
  savedSeat: number;
  servers: Record<DataZone, Server>;
  zones: Record<DataZone, Condition>;
  witnessC: WitnessCondition;
  /** az-a and az-b do not reach each other. */
  linkCut: boolean;
  traffic: DataZone;
  looked: Looked;
  /** The decision that the running operation was claimed with; see records.ts. 0 = none. */
  record: number;
  /** A fresh round was asked for by the running operation. */
  asked: boolean;
  executions: Record<string, 'running' | 'failed' | 'succeeded'>;
  processes: Process[];
  acked: number;
  written: number;
  /** Acknowledged writes whose loss a person accepted on record. */
  waived: number;
  /** A zone that a person accepted to leave unfenced (a waiver of I1). */
  unfenced: DataZone | '';
  /** The seat's epoch when a zone died; 0: it did not. For I7. */
  diedAt: Record<DataZone, number>;
  budget: Budget;
  /** What the step that led here broke: name and sentence. */
  broken: readonly string[];
}

/** A copy that may be changed. */
export const draftOf = (world: World): World => ({
  ...world,
  servers: { 'az-a': { ...world.servers['az-a'] }, 'az-b': { ...world.servers['az-b'] } },
  zones: { ...world.zones },
  executions: { ...world.executions },
  processes: world.processes.map((process) => ({ ...process })),
  diedAt: { ...world.diedAt },
  budget: { ...world.budget },
});

const bit = (value: boolean): string => (value ? '1' : '0');

const serverKey = (server: Server): string =>
  `${bit(server.running)}${bit(server.booting)}${bit(server.inRecovery)}${bit(server.readOnly)}${bit(server.settling)}${server.timeline}` +
  `,${server.syncName},${server.upstream}${server.streamsAs},${server.history},${server.waiting}` +
  `,${server.fenceEpoch}${server.fenceZone},${server.hostEpoch}`;

const processKey = (process: Process): string =>
  `${process.kind[0] ?? ''}${process.execution}/${process.place}/${process.node}/${process.stage}${process.lock}${process.lockEpoch}`;

/** Of the servers, the zones, the seat and the ghosts. */
export const surroundingsKey = (world: World): string =>
  [
    world.seat,
    world.savedSeat,
    serverKey(world.servers['az-a']),
    serverKey(world.servers['az-b']),
    `${world.zones['az-a']}${world.zones['az-b']}${world.witnessC}${bit(world.linkCut)}${world.traffic}`,
    `${world.looked.grid}${world.looked.rounds.join('.')}${world.looked.truth}${world.looked.ahead}`,
    `${world.record}${bit(world.asked)}`,
    Object.entries(world.executions).sort().join(),
    `${world.acked}.${world.written}.${world.waived}${world.unfenced}${world.diedAt['az-a']}.${world.diedAt['az-b']}`,
  ].join('|');

export const processesKey = (world: World): string => world.processes.map(processKey).sort().join(' ');
export const budgetKey = (world: World): string => BUDGETS.map((name) => world.budget[name]).join('');

/** Notes that an invariant is broken by the step under way. */
export const breach = (world: World, name: string, sentence: string): void => {
  world.broken = [...world.broken, `${name}: ${sentence}`];
};

/** Takes one of a budget; false when there is none left. */
export const spend = (world: World, name: BudgetName): boolean => {
  if (world.budget[name] === 0) return false;
  world.budget[name] -= 1;
  return true;
};
