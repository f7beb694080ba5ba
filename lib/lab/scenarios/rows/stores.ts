import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKafkaFiles } from '../../kafka-host/host-files';
import { kafkaProcesses } from '../../kafka-host/server-process';
import { minioProcesses } from '../../minio-host/server-process';
import { objectsDataOf } from '../../objects-services';
import { sendSignal } from '../../process-identity';
import { createRedisFiles } from '../../redis-host/host-files';
import { redisProcesses } from '../../redis-host/server-process';
import { LabNotUp } from '../../lab-errors';
import type { LabLayout } from '../../layout';
import { kafkaFolderOf, redisFolderOf } from '../../zone-services';
import type { SideStore, ZoneId } from '../../../domain/topology';
import { STORE_LABEL } from '../../../domain/topology';
import { endedAs, failoversWere, goesOnWithin, nothingLost, serviceCameBack, unless } from '../expectations';
import type { Measured, Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const PIDS: Readonly<Record<SideStore, (layout: LabLayout, zone: ZoneId) => readonly number[]>> = {
  redis: (layout, zone) => redisProcesses(createRedisFiles(join(redisFolderOf(layout), zone)).data),
  kafka: (layout, zone) => kafkaProcesses(createKafkaFiles(join(kafkaFolderOf(layout), zone)).data),
  objects: (layout, zone) => minioProcesses(objectsDataOf(layout, zone)),
};

type At = Readonly<{ store: SideStore; zone: ZoneId }>;

const signalStore = ({ lab }: Row, { store, zone }: At, signal: NodeJS.Signals): readonly number[] => {
  const pids = PIDS[store](lab.zones.layout, zone);
  if (pids.length === 0) throw new LabNotUp(`there is no process of ${STORE_LABEL[store]} in ${zone}`);
  for (const pid of pids) sendSignal(pid, signal);
  return pids;
};

const freezeStore = (row: Row, at: At): void => {
  const pids = signalStore(row, at, 'SIGSTOP');
  row.hold({
    pids,
    release: () => {
      for (const pid of pids) sendSignal(pid, 'SIGCONT');
    },
  });
};

/** What the seat said of PostgreSQL, all the time. */
export const postgresPlaces = (row: Row): readonly string[] => [
  ...new Set(
    row.history.all().map(({ seat: { writer, eligible } }) => `${writer} with ${eligible ?? 'no standby'}`),
  ),
];

/** PostgreSQL and its standby are none of it. */
export const postgresStayed = (seen: readonly string[], wanted: string): readonly string[] =>
  unless(
    seen.every((each) => each === wanted),
    `PostgreSQL ${wanted} all the time wanted, the seat said: ${seen.join('; ')}`,
  );

export const movedAlone = (measured: Measured, store: SideStore): readonly string[] => {
  const stores = measured.failovers.flatMap(({ decision }) => decision.operation?.stores ?? []);
  return unless(
    stores.join() === store,
    `a failover of ${STORE_LABEL[store]} alone wanted, it was of ${stores.join(', ')}`,
  );
};

type How = 'killed' | 'frozen';

const inflict = (row: Row, how: How, at: At): void => {
  if (how === 'frozen') freezeStore(row, at);
  else signalStore(row, at, 'SIGKILL');
};

const writerLost = (store: SideStore, what: string, how: How): Scenario =>
  scenario({
    name: `${store}-${how}`,
    store,
    fault: `the ${what} in az-a alone ${how}`,
    must: `${STORE_LABEL[store]} alone moves to az-b; PostgreSQL, its standby and the traffic stay; 0 lost`,
    deadlineMs: 60_000,
    steps: async (row) => {
      row.begin(`${STORE_LABEL[store]} in ${row.home} is ${how}`);
      inflict(row, how, { store, zone: row.home });
      await row.seat(
        `${STORE_LABEL[store]} writes in ${row.away}`,
        ({ beside, operation }) => beside[store]?.writer === row.away && operation === null,
      );
      await row.recovered();
      const weights = await row.traffic.current(5_000);
      return { postgres: postgresPlaces(row), weights, home: row.home, away: row.away };
    },
    expectation: (measured, { postgres, weights, home, away }) => [
      ...failoversWere(measured, 1),
      ...movedAlone(measured, store),
      ...endedAs(measured, 'failover', 'completed'),
      ...postgresStayed(postgres, `${home} with ${away}`),
      ...unless(weights[home] === 100, `all traffic in ${home} wanted, it was ${JSON.stringify(weights)}`),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

const replicaLost = (how: How): Scenario =>
  scenario({
    name: `redis-replica-${how}`,
    store: 'redis',
    fault: `the Redis replica in az-b alone ${how}`,
    must: 'no failover; orders go on within 2 s once the seat says "not eligible" for Redis alone; it returns by itself; 0 lost',
    deadlineMs: 60_000,
    steps: async (row) => {
      row.begin(`Redis in ${row.away} is ${how}`);
      inflict(row, how, { store: 'redis', zone: row.away });
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

/** How long a row looks for a decision that must not come, ms: detection takes under a second. */
const LOOK_MS = 6_000;

const followerLost = (how: How): Scenario =>
  scenario({
    name: `kafka-follower-${how}`,
    store: 'kafka',
    fault: `the broker in az-b, which leads nothing, alone ${how}`,
    must: 'no failover: the other two are a quorum; orders go on within 2 s; 0 lost',
    deadlineMs: 60_000,
    steps: async (row) => {
      row.begin(`Kafka in ${row.away} is ${how}`);
      inflict(row, how, { store: 'kafka', zone: row.away });
      await pause(LOOK_MS);
      await row.recovered();
      return { postgres: postgresPlaces(row), home: row.home, away: row.away };
    },
    expectation: (measured, { postgres, home, away }) => [
      ...failoversWere(measured, 0),
      ...goesOnWithin(measured, 2),
      ...postgresStayed(postgres, `${home} with ${away}`),
      ...serviceCameBack(measured),
      ...nothingLost(measured),
    ],
  });

/** One store by itself: its server's processes are hit, the zones and all else in them live. */
export const ONE_STORE: readonly Scenario[] = [
  writerLost('redis', 'Redis primary', 'killed'),
  writerLost('redis', 'Redis primary', 'frozen'),
  replicaLost('killed'),
  replicaLost('frozen'),
  writerLost('kafka', 'broker that leads', 'killed'),
  writerLost('kafka', 'broker that leads', 'frozen'),
  followerLost('killed'),
  followerLost('frozen'),
  writerLost('objects', 'store of objects that writes', 'killed'),
  writerLost('objects', 'store of objects that writes', 'frozen'),
];
