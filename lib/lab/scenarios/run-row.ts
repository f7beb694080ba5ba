import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { claimedFailovers } from '../drill/claimed-failovers';
import type { DrillContext } from '../drill/drill-context';
import { otherZone, seatOf } from '../drill/drill-context';
import type { LoadRun } from '../drill/load-run';
import { startLoad } from '../drill/load-run';
import { observedSince, waitForAcknowledged, waitForRecovery } from '../drill/load-watch';
import { orProblem } from '../drill/or-problem';
import { lossLimitsOf, writersOf } from '../drill/places';
import { readSurvivors } from '../drill/survivors';
import { foldOrders } from '../../domain/report/ledger-event';
import { measureLoss } from '../../domain/report/loss';
import { recoveredAtMs, writeGapMs } from '../../domain/report/recovery';
import { secondsOf } from '../../domain/report/statistics';
import { DeadlineExceeded } from '../../domain/errors';
import type { Store } from '../../domain/topology';
import { objectsOf } from '../../domain/topology';
import { appendMark } from '../load/marks';
import { instantNow } from '../load/instant';
import type { Instant } from '../load/instant';
import { waitUntil, within } from '../wait-until';
import { acksAmong } from '../zone-writer/ack-record';
import { comeHome } from './come-home';
import type { Held } from './process-faults';
import type { Expectation, Measured, Row, Scenario } from './scenario';
import { watchSeatHistory } from './seat-history';
import { compareZoneWrites } from './zone-writes';
import { startZoneWriters } from './zone-writers';

/** The recovery is judged by the orders of 3 s, of which 100 are needed; the writers in the zones are load enough. */
const RATE_PER_SECOND = 60;
/** Copies take more of two cores than the orders themselves. */
const RATE_WITH_OBJECTS = 35;
const WARM_ORDERS = 200;
const ACKNOWLEDGED_AFTER = 100;
/**
 * Nothing that a row does can outlive these: what is waited for inside has deadlines of its own, and these say which of
 * them was forgotten. Coming home may take a takeover (45 s), a re-clone, and a second try.
 */
const deadlinesMs = { warmUp: 60_000, grace: 30_000, home: 420_000, end: 60_000, figures: 120_000 } as const;

export interface PlayedRow {
  readonly measured: Measured | null;
  /** Everything that differs from what the row says; empty = it passed. */
  readonly differences: readonly string[];
  /** The lab is home and whole again: the next row can be played in it. */
  readonly isWhole: boolean;
  /** Ledger, marks and the writers' records, by a short name. */
  readonly evidence: Readonly<Record<string, string>>;
}

interface Stage {
  readonly row: Row;
  readonly marks: string;
  readonly held: readonly Held[];
  firstFault(): Instant | null;
}

/** Ledger, marks and records are appended to: those of an earlier play in the same lab would count as this one's. */
const forgetEarlierPlay = (folder: string, name: string): void => {
  for (const file of readdirSync(folder)) if (file.startsWith(`${name}.`)) rmSync(join(folder, file));
};

const rateFor = ({ lab }: DrillContext): number =>
  objectsOf(lab.options.topology) === undefined ? RATE_PER_SECOND : RATE_WITH_OBJECTS;

const setStage = async (context: DrillContext, scenario: Scenario): Promise<Stage> => {
  const { name } = scenario;
  const { faults, zones } = context.lab;
  const startEpoch = (await seatOf(context))?.epoch ?? 0;
  forgetEarlierPlay(zones.layout.folder, name);
  const startedAtMs = await context.connection.store.nowMs();
  const load = startLoad(context.lab, context.services, { name, ratePerSecond: rateFor(context) });
  const writers = startZoneWriters(context, name);
  const history = watchSeatHistory(context.connection.store);
  const marks = join(zones.layout.folder, `${name}.marks.jsonl`);
  const held: Held[] = [];
  let first: Instant | null = null;
  let endMs: number | null = null;
  const leftMs = (): number => {
    endMs ??= performance.now() + scenario.deadlineMs;
    return Math.max(1, Math.round(endMs - performance.now()));
  };
  const sinceFaultMs = (): number => (first === null ? 0 : instantNow().monoMs - first.monoMs);
  const startClock = (at: Instant): void => {
    first ??= at;
  };
  const row: Row = {
    ...context,
    name,
    away: otherZone(context),
    load,
    writers,
    history,
    startEpoch,
    startedAtMs,
    begin: (what) => {
      const at = instantNow();
      startClock(at);
      appendMark(marks, { name: what, scenario: name, detail: '' }, at);
      context.say(`${name}: ${what}`);
    },
    fault: async (what, act) => {
      const instants = await act();
      const at = { atMs: instants.startedAtMs, monoMs: instants.startedAtMonotonicMs };
      startClock(at);
      const inForce = JSON.stringify(faults.current());
      appendMark(marks, { name: what, scenario: name, detail: inForce }, at);
      context.say(`${name}: ${what}`);
      return instants;
    },
    hold: (processes) => {
      held.push(processes);
      return processes;
    },
    sinceFaultMs,
    lastUntil: (untilMs) => pause(Math.max(0, untilMs - sinceFaultMs())),
    seat: (what, holds) => history.until(what, leftMs(), holds),
    nextSeat: (what, holds) => history.fromNowUntil(what, leftMs(), holds),
    wait: (what, condition) => waitUntil({ what, timeoutMs: leftMs(), everyMs: 25 }, condition),
    recovered: async () => {
      if (first === null)
        throw new DeadlineExceeded('no fault was injected: there is nothing to recover from');
      const faultAtMs = load.tail.onLedgerClock(first);
      await waitForRecovery(load, { faultAtMs, acknowledged: ACKNOWLEDGED_AFTER, timeoutMs: leftMs() });
    },
  };
  return { row, marks, held, firstFault: () => first };
};

interface Watched {
  readonly rtoSeconds: number | null;
  readonly gapSeconds: number | null;
}

/** What the clients saw between the first fault and the end of the play: the way home has a gap of its own. */
const watchedBy = (load: LoadRun, fault: Instant | null): Watched => {
  if (fault === null) return { rtoSeconds: null, gapSeconds: null };
  load.tail.read();
  const observation = observedSince(load, load.tail.onLedgerClock(fault));
  const recoveredMs = recoveredAtMs(observation);
  const gapMs = writeGapMs(observation, recoveredMs ?? observation.observedUntilMs);
  return {
    rtoSeconds: recoveredMs === null ? null : secondsOf(recoveredMs - observation.faultAtMs),
    gapSeconds: gapMs === null ? null : secondsOf(gapMs),
  };
};

/** The load and the writers have ended: every acknowledgement is on record, and the history stands still. */
const measure = async ({ row, firstFault }: Stage, watched: Watched): Promise<Measured> => {
  const { load, writers: zoneWriters, history, connection, startEpoch } = row;
  const seat = await seatOf(row);
  const writers = writersOf(row.lab.options.topology, seat, row.home);
  const { ids, byStore, readAt } = await readSurvivors(row.lab, writers);
  const orders = foldOrders(load.tail.all());
  const faultAtMs = load.tail.onLedgerClock(firstFault() ?? readAt);
  const loss = measureLoss(orders, faultAtMs, { ids, readAtMs: load.tail.onLedgerClock(readAt) });
  const alone = Object.entries(lossLimitsOf(row.lab.options.topology)).map(([store, limit_seconds]) => {
    const found = byStore[store as Store] ?? new Set<string>();
    const own = measureLoss(orders, faultAtMs, { ids: found, readAtMs: load.tail.onLedgerClock(readAt) });
    return { store, lost: own.lostIds.length, rpo_seconds: secondsOf(own.rpoMs), limit_seconds };
  });
  const inZones = compareZoneWrites(acksAmong(zoneWriters.answers()), byStore.postgres ?? ids);
  const writersFlowed = Object.values(inZones.byServer).some((count) => count > 0);
  if (!writersFlowed)
    throw new DeadlineExceeded('no writer inside a zone got anything acknowledged: nothing is shown');
  const claimed = await claimedFailovers(connection.store, {
    from: startEpoch,
    to: seat?.epoch ?? startEpoch,
  });
  return {
    ...watched,
    lost: loss.lostIds.length + inZones.lostIds.length,
    lostAgeSeconds: secondsOf(loss.rpoMs),
    twoWriterMs: inZones.twoWriterMs,
    alone,
    failovers: claimed,
    outcomes: history.outcomes(),
  };
};

/** Written at the end: what the seat said, each change a line. */
const keepHistory = ({ row }: Stage): string => {
  const path = join(row.lab.zones.layout.folder, `${row.name}.seat.jsonl`);
  writeFileSync(
    path,
    row.history
      .all()
      .map((seen) => `${JSON.stringify(seen)}\n`)
      .join(''),
  );
  return path;
};

const evidenceOf = (stage: Stage): Readonly<Record<string, string>> => ({
  ledger: stage.row.load.ledger,
  marks: stage.marks,
  seat: keepHistory(stage),
  ...Object.fromEntries(
    Object.entries(stage.row.writers.files).map(([zone, path]) => [`writer-${zone}`, path]),
  ),
});

/**
 * One row in a lab that is home and whole: load and writers, the faults, the named outcome, everything healed, home
 * again, and only then the comparison. What goes wrong on the way is a difference, never an exception.
 */
export const playRow = async (context: DrillContext, scenario: Scenario): Promise<PlayedRow> => {
  const stage = await setStage(context, scenario);
  const { row, held } = stage;
  const differences: string[] = [];
  const attempt = <T>(what: string, timeoutMs: number, act: () => Promise<T>): Promise<T | null> =>
    orProblem(differences, () => within({ what: `${row.name}: ${what}`, timeoutMs }, act));
  const playMs = deadlinesMs.warmUp + scenario.deadlineMs + deadlinesMs.grace;
  const expectation: Expectation | null = await attempt('its faults and their outcome', playMs, async () => {
    await waitForAcknowledged(row.load, WARM_ORDERS, deadlinesMs.warmUp);
    return scenario.play(row);
  });
  const watched = watchedBy(row.load, stage.firstFault());
  for (const processes of held) processes.release();
  const isWhole = (await attempt('the way home', deadlinesMs.home, async () => comeHome(row))) !== null;
  await attempt('the end of the load', deadlinesMs.end, () => row.load.stop());
  await attempt('the end of the writers', deadlinesMs.end, () => row.writers.stop());
  await attempt('the end of the history', deadlinesMs.end, () => row.history.stop());
  const measured = await attempt('its figures', deadlinesMs.figures, () => measure(stage, watched));
  if (expectation !== null && measured !== null) differences.push(...expectation(measured));
  return { measured, differences, isWhole, evidence: evidenceOf(stage) };
};
