import { join } from 'node:path';
import { sendSignal } from '../../process-identity';
import { createRedisFiles } from '../../redis-host/host-files';
import { redisProcesses } from '../../redis-host/server-process';
import { LabNotUp } from '../../lab-errors';
import { redisFolderOf } from '../../zone-services';
import type { ZoneId } from '../../../domain/topology';
import { endedAs, failoversWere, goesOnWithin, nothingLost, serviceCameBack, unless } from '../expectations';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const signalRedis = ({ lab }: Row, zone: ZoneId, signal: NodeJS.Signals): readonly number[] => {
  const { data } = createRedisFiles(join(redisFolderOf(lab.zones.layout), zone));
  const pids = redisProcesses(data);
  if (pids.length === 0) throw new LabNotUp(`there is no process of Redis in ${zone}`);
  for (const pid of pids) sendSignal(pid, signal);
  return pids;
};

const freezeRedis = (row: Row, zone: ZoneId): void => {
  const pids = signalRedis(row, zone, 'SIGSTOP');
  row.hold({
    pids,
    release: () => {
      for (const pid of pids) sendSignal(pid, 'SIGCONT');
    },
  });
};

/** What the seat said of PostgreSQL, all the time. */
const postgresPlaces = (row: Row): readonly string[] => [
  ...new Set(
    row.history.all().map(({ seat: { writer, eligible } }) => `${writer} with ${eligible ?? 'no standby'}`),
  ),
];

/** PostgreSQL and its standby are none of it. */
const postgresStayed = (seen: readonly string[], wanted: string): readonly string[] =>
  unless(
    seen.every((each) => each === wanted),
    `PostgreSQL ${wanted} all the time wanted, the seat said: ${seen.join('; ')}`,
  );

const movedAlone = (measured: Measured): readonly string[] => {
  const stores = measured.failovers.flatMap(({ decision }) => decision.operation?.stores ?? []);
  return unless(
    stores.join() === 'redis',
    `a failover of Redis alone wanted, it was of ${stores.join(', ')}`,
  );
};

const primaryLost = (how: 'killed' | 'frozen', inflict: (row: Row) => void): Scenario =>
  scenario({
    name: `redis-${how}`,
    fault: `the Redis primary in az-a alone ${how}`,
    must: 'Redis alone moves to az-b; PostgreSQL, its standby and the traffic stay; 0 lost',
    deadlineMs: 60_000,
    steps: async (row) => {
      row.begin(`Redis in ${row.home} is ${how}`);
      inflict(row);
      await row.seat(
        `Redis writes in ${row.away}`,
        ({ beside, operation }) => beside.redis?.writer === row.away && operation === null,
      );
      await row.recovered();
      const weights = await row.traffic.current(5_000);
      return { postgres: postgresPlaces(row), weights, home: row.home, away: row.away };
    },
    expectation: (measured, { postgres, weights, home, away }) => [
      ...failoversWere(measured, 1),
      ...movedAlone(measured),
      ...endedAs(measured, 'failover', 'completed'),
      ...postgresStayed(postgres, `${home} with ${away}`),
      ...unless(weights[home] === 100, `all traffic in ${home} wanted, it was ${JSON.stringify(weights)}`),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

const replicaLost = (how: 'killed' | 'frozen', inflict: (row: Row) => void): Scenario =>
  scenario({
    name: `redis-replica-${how}`,
    fault: `the Redis replica in az-b alone ${how}`,
    must: 'no failover; orders go on within 2 s once the seat says "not eligible" for Redis alone; it returns by itself; 0 lost',
    deadlineMs: 60_000,
    steps: async (row) => {
      row.begin(`Redis in ${row.away} is ${how}`);
      inflict(row);
      await row.seat('Redis has no standby', ({ beside }) => beside.redis?.eligible === null);
      await row.recovered();
      return { postgres: postgresPlaces(row), home: row.home, away: row.away };
    },
    expectation: (measured, { postgres, home, away }) => [
      ...failoversWere(measured, 0),
      ...endedAs(measured, 'degrade', 'completed'),
      ...endedAs(measured, 'rejoin', 'completed'),
      ...goesOnWithin(measured, 2),
      ...postgresStayed(postgres, `${home} with ${away}`),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

/** Redis by itself: the servers' processes are hit, the zones and all else in them live. */
export const ONE_STORE: readonly Scenario[] = [
  primaryLost('killed', (row) => void signalRedis(row, row.home, 'SIGKILL')),
  primaryLost('frozen', (row) => freezeRedis(row, row.home)),
  replicaLost('killed', (row) => void signalRedis(row, row.away, 'SIGKILL')),
  replicaLost('frozen', (row) => freezeRedis(row, row.away)),
];
