import type { Outcome, Seat } from '../../domain/protocol/seat';
import type { StoreFigures } from '../../domain/report/report-document';
import type { Store, ZoneId } from '../../domain/topology';
import type { DecisionRecord } from '../../ports/state-store';
import type { DrillContext } from '../drill/drill-context';
import type { LoadRun } from '../drill/load-run';
import type { FaultInstants } from '../faults';
import type { Held } from './process-faults';
import type { SeatHistory, SeenSeat } from './seat-history';
import type { ZoneWriters } from './zone-writers';

/** A row that is being played: a whole lab under load, with a writer in each zone, and all the time it has left. */
export interface Row extends DrillContext {
  readonly name: string;
  /** The data zone that is not home. */
  readonly away: ZoneId;
  readonly load: LoadRun;
  readonly writers: ZoneWriters;
  readonly history: SeatHistory;
  /** Of the seat before anything was done. */
  readonly startEpoch: number;
  /** By the state store's clock. */
  readonly startedAtMs: number;
  /** Starts the row's clock where no fault of the lab does: a person begins something. */
  begin(what: string): void;
  /** Injects, notes the instant, and reads back from the kernel that it is in force. The first one starts the clock. */
  fault(what: string, act: () => FaultInstants | Promise<FaultInstants>): Promise<FaultInstants>;
  /** Keeps processes stopped until they are released, at the latest when the row comes home. */
  hold(held: Held): Held;
  /** Milliseconds since the first fault; 0 before it. */
  sinceFaultMs(): number;
  /** Lets a fault last: until so many ms after the first one. */
  lastUntil(sinceFaultMs: number): Promise<void>;
  /** A state of the seat, past or to come, within the row's deadline. @throws DeadlineExceeded */
  seat(what: string, holds: (seat: Seat) => boolean): Promise<SeenSeat>;
  /** As `seat`, from now on. */
  nextSeat(what: string, holds: (seat: Seat) => boolean): Promise<SeenSeat>;
  /** Any condition, within the row's deadline. @throws DeadlineExceeded */
  wait(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** The public path stays good after the first fault. @throws DeadlineExceeded */
  recovered(): Promise<void>;
}

/** What was measured in a row from outside the product, after everything was healed, home and whole again. */
export interface Measured {
  /** From the first fault to the first acknowledgement after which the public path stays good; null: never shown. */
  readonly rtoSeconds: number | null;
  /** Longest time without any acknowledged order around the fault; null: nothing to measure. */
  readonly gapSeconds: number | null;
  /** Acknowledged to anybody, at any time of the row, and not in the history at its end. */
  readonly lost: number;
  /** Age at the fault of the oldest of these; 0 when there is none. */
  readonly lostAgeSeconds: number;
  readonly twoWriterMs: number;
  /** Of each store that acknowledges alone: what it lacks, how old the oldest was at the fault, and how old it may be. */
  readonly alone: readonly StoreFigures[];
  /**
   * Every failover that was claimed in the row, however it ended: one that was undone, or given back before its first
   * effect, was not needed either. The way home is none.
   */
  readonly failovers: readonly DecisionRecord[];
  /** Every outcome that the seat showed, oldest first. */
  readonly outcomes: readonly Outcome[];
}

/** What the row says must happen, against what did: each difference is a sentence; none = as specified. */
export type Expectation = (measured: Measured) => readonly string[];

/** A row of the table. */
export interface Scenario {
  readonly name: string;
  readonly fault: string;
  readonly must: string;
  /** For the faults and their outcome; healing and the way home have their own. */
  readonly deadlineMs: number;
  /** Absent: any deployment has what it is about. */
  readonly store?: Store;
  /** Why this machine cannot play it; null when it can. */
  whyNot(): Promise<string | null>;
  /** Injects, waits for the named outcome, and answers what has to be compared once the figures are there. */
  play(row: Row): Promise<Expectation>;
}

interface Definition<Facts> extends Pick<Scenario, 'name' | 'fault' | 'must' | 'deadlineMs' | 'store'> {
  readonly whyNot?: () => Promise<string | null>;
  readonly steps: (row: Row) => Promise<Facts>;
  readonly expectation: (measured: Measured, facts: Facts) => readonly string[];
}

export const scenario = <Facts>({ steps, expectation, whyNot, ...what }: Definition<Facts>): Scenario => ({
  ...what,
  whyNot: whyNot ?? (async () => null),
  play: async (row) => {
    const facts = await steps(row);
    return (measured) => expectation(measured, facts);
  },
});
