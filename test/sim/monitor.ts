import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { Item } from '../../lib/state/parse-item';
import type { EventLog } from './event-log';
import type { DataZone } from './places';
import { dataZoneOf, otherZone } from './places';
import type { Cluster } from './postgres/cluster';
import type { CommitEnd, Entry, Server } from './postgres/server';
import { isPrefix } from './postgres/server';

/** Somebody who sees everything at once, which nobody in the system can, and holds it against the invariants. */
export interface Monitor {
  acknowledged(server: Server, entry: Entry, end: CommitEnd): void;
  itemChanged(key: string, before: Item | undefined, after: Item): void;
  violated(invariant: string, what: string): void;
  seat(): Seat | null;
  /** At the end, with everything healed. */
  compareHistories(): void;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

export interface Counts {
  acknowledged: number;
  claims: Record<string, number>;
  outcomes: Record<string, number>;
  takeovers: number;
  holds: number;
  refusals: number;
  /** Missing from the final history although a person accepted no loss. */
  lost: number;
  /** Missing by a person's recorded waiver. */
  lostByWaiver: number;
  /** Failovers that nothing justified. */
  needless: number;
}

export interface MonitorOptions {
  readonly nowMs: () => number;
  readonly log: EventLog;
  readonly cluster: () => Cluster;
  readonly cooldownMs: number;
  /** Whether a fault made this zone's writer unreachable to those who judge it, a short while ago. */
  readonly wasImpaired: (zone: DataZone) => boolean;
}

interface Acknowledged {
  readonly zone: DataZone;
  isWaived: boolean;
}

/** The store's clock as a process knows it lags by up to a second, at the claim as at the end of the failover. */
const CLOCK_SLACK_MS = 2_500;
const MAX_FINDINGS = 20;

const asSeat = (item: Item | undefined): Seat | null =>
  item === undefined ? null : (item as unknown as Seat);
const describe = (operation: Operation | null): string =>
  operation === null
    ? 'free'
    : `${operation.kind} ${operation.from}→${operation.to} e${operation.epoch} ${operation.phase}`;
const moves = ({ kind }: Operation): boolean => kind === 'failover' || kind === 'rollback';

export const createMonitor = (options: MonitorOptions): Monitor => {
  const { nowMs, log, cluster } = options;
  const findings: string[] = [];
  const acknowledged = new Map<string, Acknowledged>();
  const waived = new Set<DataZone>();
  const counts: Counts = {
    acknowledged: 0,
    claims: {},
    outcomes: {},
    takeovers: 0,
    holds: 0,
    refusals: 0,
    lost: 0,
    lostByWaiver: 0,
    needless: 0,
  };
  let seat: Seat | null = null;
  let failoverEndedAtMs = Number.NEGATIVE_INFINITY;
  let highestEpoch = 0;

  const violated = (invariant: string, what: string): void => {
    log.note('VIOLATION', `${invariant}: ${what}`);
    if (findings.length < MAX_FINDINGS) findings.push(`${invariant}: ${what}`);
  };
  const count = (table: Record<string, number>, key: string): void =>
    void (table[key] = (table[key] ?? 0) + 1);

  const has = (server: Server, entry: Entry): boolean => server.wal.lastIndexOf(entry) >= 0;
  /** I8: alone only when the seat says so; else the eligible standby has it. */
  const checkCovered = (server: Server, entry: Entry): void => {
    if (seat === null || seat.writer !== server.zone || seat.eligible === null) return;
    const standby = cluster().at(dataZoneOf(seat.eligible));
    if (!has(standby, entry))
      violated(
        'I8',
        `${server.zone} acknowledged ${idOf(entry)}, which the eligible ${standby.zone} does not have`,
      );
  };
  /** I1: once a new writer admits, nobody acknowledges what it lacks. One that never admitted can be stopped and undone. */
  const checkOneWriter = (server: Server, entry: Entry): void => {
    const other = cluster().at(otherZone(server.zone));
    const isOlder = !other.inRecovery && !other.isReadOnly && other.timeline > server.timeline;
    if (isOlder && !has(other, entry) && !waived.has(server.zone))
      violated('I1', `${server.zone} acknowledged ${idOf(entry)} after ${other.zone} was promoted`);
  };
  /** I7: no write is acknowledged in the new zone before the point of no return is committed. */
  const checkAdmitted = (server: Server, entry: Entry): void => {
    const operation = seat?.operation ?? null;
    if (operation === null || !moves(operation) || operation.to !== server.zone) return;
    if (operation.phase !== 'admitted')
      violated('I7', `${server.zone} acknowledged ${idOf(entry)} while the move to it is ${operation.phase}`);
  };
  const idOf = (entry: Entry): string => (entry.kind === 'row' ? entry.id : entry.kind);

  const noteWaiver = ({ from }: Operation): void => {
    waived.add(dataZoneOf(from));
    for (const row of acknowledged.values()) row.isWaived = true;
  };
  const checkClaim = (operation: Operation): void => {
    count(counts.claims, `${operation.kind} by ${operation.trigger}`);
    if (operation.acceptLossSeconds !== null) noteWaiver(operation);
    if (operation.kind !== 'failover' || operation.trigger === 'human') return;
    const leftMs = failoverEndedAtMs + options.cooldownMs - nowMs();
    if (leftMs > CLOCK_SLACK_MS)
      violated(
        'I6',
        `a failover was claimed by ${operation.trigger}, ${Math.round(leftMs)} ms before the cooldown ended`,
      );
    if (!options.wasImpaired(dataZoneOf(operation.from))) {
      counts.needless += 1;
      violated('I9', `a failover from ${operation.from} was claimed, and nothing had happened to it`);
    }
  };
  const checkEpoch = (before: Seat, after: Seat): void => {
    if (after.epoch < highestEpoch) violated('I4', `the epoch fell from ${highestEpoch} to ${after.epoch}`);
    const mayChange = after.epoch > before.epoch || before.operation?.epoch === before.epoch;
    if (!mayChange && (after.writer !== before.writer || after.eligible !== before.eligible))
      violated('I4', `who may acknowledge changed at the same epoch ${after.epoch}`);
  };
  const checkOneAtATime = (before: Operation | null, after: Operation | null): void => {
    if (before !== null && after !== null && before.execution !== after.execution)
      violated('I5', `${after.execution} took the seat that ${before.execution} holds`);
  };
  /** I2: who is called eligible has everything that was acknowledged, and follows. */
  const checkEligible = (zone: DataZone): void => {
    const standby = cluster().at(zone);
    const writer = cluster().at(otherZone(zone));
    if (!standby.inRecovery) violated('I2', `${zone} is called eligible and is no standby`);
    else if (!isPrefix(standby, writer)) violated('I2', `${zone} is called eligible with another history`);
    waived.delete(zone);
  };
  const noteEnd = (before: Operation, after: Seat): void => {
    const outcome = after.lastOutcome;
    count(counts.outcomes, `${before.kind} ${outcome?.result ?? 'without outcome'}`);
    if (before.kind === 'failover' && (outcome?.result === 'completed' || outcome?.result === 'failed'))
      failoverEndedAtMs = nowMs();
  };
  const seatChanged = (before: Seat | null, after: Seat): void => {
    seat = after;
    const was = before?.operation ?? null;
    log.note(
      'seat',
      `e${after.epoch} writer ${after.writer} eligible ${after.eligible ?? 'none'} ${describe(after.operation)}`,
    );
    if (before !== null) {
      checkEpoch(before, after);
      checkOneAtATime(was, after.operation);
      if (after.eligible !== null && before.eligible !== after.eligible)
        checkEligible(dataZoneOf(after.eligible));
    }
    highestEpoch = Math.max(highestEpoch, after.epoch);
    if (was === null && after.operation !== null) checkClaim(after.operation);
    if (was !== null && after.operation !== null && was.epoch !== after.operation.epoch)
      counts.takeovers += 1;
    if (was !== null && after.operation === null) noteEnd(was, after);
  };

  /** A fence that held needs no waiver: nobody may acknowledge there any more. */
  const noteStep = (item: Item): void => {
    if (item['name'] !== 'fence-writers' || item['status'] !== 'done' || !seat?.operation) return;
    const detail = JSON.parse(String(item['detail'])) as { readonly holds: boolean };
    if (detail.holds && item['epoch'] === seat.operation.epoch)
      waived.delete(dataZoneOf(seat.operation.from));
  };
  const noteDecision = (item: Item): void => {
    if (item['entry'] !== 'held') return;
    const record = String(item['record']);
    if (record.includes('"decision":{"kind":"hold"')) counts.holds += 1;
    if (record.includes('"decision":{"kind":"refuse"')) counts.refusals += 1;
  };

  return {
    findings,
    counts,
    violated,
    seat: () => seat,
    acknowledged: (server, entry, end) => {
      if (entry.kind !== 'row') return;
      counts.acknowledged += 1;
      if (end === 'alone') checkCovered(server, entry);
      checkOneWriter(server, entry);
      checkAdmitted(server, entry);
      acknowledged.set(entry.id, { zone: server.zone, isWaived: waived.has(server.zone) });
    },
    itemChanged: (key, before, after) => {
      if (key === 'seat') seatChanged(asSeat(before), after as unknown as Seat);
      else if (key.startsWith('decision#')) noteDecision(after);
      else if (key.startsWith('step#')) noteStep(after);
    },
    compareHistories: () => {
      if (seat === null) return violated('liveness', 'there is no seat');
      const { ids } = cluster().at(dataZoneOf(seat.writer));
      const missing = [...acknowledged].filter(([id]) => !ids.has(id));
      counts.lostByWaiver = missing.filter(([, { isWaived }]) => isWaived).length;
      counts.lost = missing.length - counts.lostByWaiver;
      if (counts.lost === 0) return;
      const [first] = missing.filter(([, { isWaived }]) => !isWaived);
      violated(
        'I2',
        `${counts.lost} acknowledged orders are missing in ${seat.writer}, the first is ${first?.[0] ?? '?'}`,
      );
    },
  };
};
