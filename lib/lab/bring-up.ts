import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByStore } from '../domain/protocol/seat';
import type { StoreComponent, ZoneId } from '../domain/topology';
import { dataZones, kafkaOf, objectsOf, postgresOf, redisOf, zonesOfRole } from '../domain/topology';
import { bundleProcesses } from './bundle-processes';
import { deployStack } from './deploy';
import { startWitnesses, warmUp } from './deploy/invoke';
import { emulatorCommand, waitUntilHealthy } from './emulator/emulator';
import { createTopics, kafkaTools, provisionBrokers } from './kafka-bring-up';
import { minioServerOf, provisionObjects } from './objects-bring-up';
import { objectsFolderOf } from './objects-services';
import { LabNotUp } from './lab-errors';
import type { Lab } from './lab';
import type { LabFile } from './lab-file';
import { writeLabFile } from './lab-file';
import { labTraffic } from './lab-traffic';
import { regionPlace, hostPlace } from './layout';
import { describeMachine } from './machine';
import { writeNodeShim } from './node-shim';
import { ORDERS_DATABASE, ORDERS_KEYS, ORDERS_ROLE, ordersSchemaSql } from './orders/schema';
import type { PostgresBinaries } from './postgres-binaries';
import { findPostgres } from './postgres-binaries';
import type { Provisioned } from './postgres-host/provision';
import { provisionPostgres } from './postgres-host/provision';
import { pythonCacheOf, pythonOf } from './python-cache';
import { findRedis, redisOsUser } from './redis-binaries';
import { provisionRedis } from './redis-host/provision';
import { findOsUser } from './store-host/os-user';
import { waitUntil } from './wait-until';
import type { ServiceContext } from './zone-services';
import { postgresFolderOf, redisFolderOf, startService, startZone } from './zone-services';
import type { Zones } from './zones';

const EMULATOR_PORT = 4566;
const DNS_PORT = 53;
const FIRST_EPOCH = 1;
const NETWORK = '198.18.0.0/15';
export const deadlinesMs = {
  emulator: 30_000,
  forwarder: 10_000,
  deploy: 180_000,
  warm: 60_000,
} as const;

/** A lab while it comes up. */
export type Opening = Pick<Lab, 'options' | 'zones' | 'processes'>;

const requirePostgres = (): PostgresBinaries => {
  const found = findPostgres();
  if (found === null) throw new LabNotUp('PostgreSQL is not there; run: evac doctor');
  return found;
};

const regionEndpointOf = (zones: Zones): string => `http://${zones.addressOf(regionPlace)}:${EMULATOR_PORT}`;

const passwordIn = (path: string): string => readFileSync(path, 'utf8').trim();

export const bundlesIn = (lab: Pick<Opening, 'options' | 'zones'>) =>
  bundleProcesses(lab.options.projectFolder, join(lab.zones.layout.folder, 'bin'));

export const contextOf = (lab: Opening, bundles: ServiceContext['bundles']): ServiceContext => ({
  topology: lab.options.topology,
  layout: lab.zones.layout,
  processes: lab.processes,
  bundles,
  regionEndpoint: regionEndpointOf(lab.zones),
  postgresBinaries: requirePostgres().folder,
  redisServer: findRedis()?.path ?? '',
  kafka: kafkaTools(lab.options),
  minioServer: minioServerOf(lab.options),
  workloadPasswords: workloadPasswordsOf(lab),
});

const workloadPasswordsOf = ({ options, zones }: Pick<Opening, 'options' | 'zones'>): ByStore<string> => {
  const inFolder = (folder: string): string => passwordIn(join(folder, 'workload.password'));
  const { topology } = options;
  return {
    postgres: inFolder(postgresFolderOf(zones.layout)),
    ...(redisOf(topology) === undefined ? {} : { redis: inFolder(redisFolderOf(zones.layout)) }),
    ...(objectsOf(topology) === undefined ? {} : { objects: inFolder(objectsFolderOf(zones.layout)) }),
  };
};

const startEmulator = async (opening: Opening): Promise<void> => {
  const { options, zones, processes } = opening;
  const { layout } = zones;
  const shims = join(layout.folder, 'shims');
  const tmpFolder = join(layout.folder, 'emulator');
  mkdirSync(tmpFolder, { recursive: true });
  writeNodeShim({ layout, folder: shims, realNode: process.execPath });
  const machine = describeMachine(options.projectFolder);
  const start = emulatorCommand({
    projectFolder: options.projectFolder,
    python: pythonOf(pythonCacheOf(machine)),
    bindHost: zones.addressOf(regionPlace),
    port: EMULATOR_PORT,
    tmpFolder,
    nodeShimFolder: shims,
  });
  processes.spawnInZone({ place: regionPlace, name: 'emulator', ...start });
};

/** The machine's loopback reaches the emulator through a unix socket, which no network namespace stops. */
const startForwarders = async (opening: Opening, bundles: ServiceContext['bundles']): Promise<string> => {
  const { zones, processes } = opening;
  const { folder } = zones.layout;
  const socket = join(folder, 'region.sock');
  const portFile = join(folder, 'region.port');
  const forwarder = (place: string, args: readonly string[]) =>
    processes.spawnInZone({
      place,
      name: 'forwarder',
      command: process.execPath,
      args: [bundles.forwarder, '--socket', socket, ...args],
      env: {},
    });
  const host = zones.addressOf(regionPlace);
  forwarder(regionPlace, ['--side', 'region', '--host', host, '--port', String(EMULATOR_PORT)]);
  forwarder(hostPlace, ['--side', 'host', '--port', '0', '--port-file', portFile]);
  let port = 0;
  await waitUntil(
    { what: 'the loopback port to the Region', timeoutMs: deadlinesMs.forwarder, everyMs: 10 },
    () => {
      port = portIn(portFile);
      return port > 0;
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await waitUntilHealthy({ endpoint, deadlineMs: deadlinesMs.emulator });
  return endpoint;
};

const portIn = (file: string): number => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
};

/** Where a store's first writer and its standby are. */
const placesOf = ({ topology }: Opening['options'], store: StoreComponent | undefined) => {
  const [primary = ''] = zonesOfRole(topology, 'primary');
  const [standby = ''] = dataZones(topology).filter((zone) => zone !== primary);
  const placeOf = (zone: ZoneId) => ({
    zone,
    listen: store?.endpoints[zone]?.host ?? '',
    port: store?.endpoints[zone]?.port ?? 0,
  });
  return { primary: placeOf(primary), standby: placeOf(standby) };
};

const provision = async ({ options, zones }: Opening): Promise<Provisioned> =>
  provisionPostgres({
    folder: postgresFolderOf(zones.layout),
    cache: join(options.projectFolder, '.cache', 'postgres'),
    binaries: requirePostgres(),
    osUser: 'postgres',
    names: { database: ORDERS_DATABASE, role: ORDERS_ROLE },
    ...placesOf(options, postgresOf(options.topology)),
    networks: [NETWORK],
    epoch: FIRST_EPOCH,
    workloadSql: ordersSchemaSql,
  });

/** The password of Evac's own user; null: there is no Redis in this deployment. */
const provisionBeside = ({ options, zones }: Opening): string | null => {
  const redis = redisOf(options.topology);
  if (redis === undefined) return null;
  const folder = redisFolderOf(zones.layout);
  const { passwords } = provisionRedis({
    folder,
    user: findOsUser(redisOsUser),
    ...placesOf(options, redis),
    epoch: FIRST_EPOCH,
    workload: { user: redis.workloadUsers[0] ?? ORDERS_ROLE, keys: ORDERS_KEYS },
  });
  writeFileSync(join(folder, 'workload.password'), `${passwords.workload}\n`, { mode: 0o600 });
  return passwords.evac;
};

const startDns = (opening: Opening, context: ServiceContext): void => {
  const { topology } = opening.options;
  startService(context, {
    place: regionPlace,
    name: 'dns',
    args: {
      listen: `${opening.zones.addressOf(regionPlace)}:${DNS_PORT}`,
      endpoint: context.regionEndpoint,
      zone: labTraffic(topology).hostedZoneName,
    },
  });
};

const startTopics = async (opening: Opening, context: ServiceContext): Promise<void> => {
  if (kafkaOf(opening.options.topology) === undefined) return;
  await timed(opening, 'the brokers of Kafka serve', () => createTopics(context));
};

/** Timed, so that a person sees where the start-up goes. */
const timed = async <T>(opening: Opening, what: string, act: () => Promise<T>): Promise<T> => {
  const startedMs = performance.now();
  const result = await act();
  opening.options.report(`${what} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  return result;
};

const deploy = async (
  opening: Opening,
  endpoint: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> => {
  const { projectFolder, configFile, report } = opening.options;
  await deployStack({
    endpoint,
    projectFolder,
    configFile,
    parameters,
    workDir: join(opening.zones.layout.folder, 'cdk'),
    deadlineMs: deadlinesMs.deploy,
    log: report,
  });
};

/** Engines are provisioned while the Region starts; the deployment needs both. */
export const bringUp = async (opening: Opening): Promise<LabFile> => {
  const { options, zones } = opening;
  const { topology } = options;
  await timed(opening, 'zones are up', () => zones.up());
  const bundles = bundlesIn(opening);
  await startEmulator(opening);
  const [endpoint, provisioned] = await Promise.all([
    timed(opening, 'the local Region answers', () => startForwarders(opening, bundles)),
    timed(opening, 'PostgreSQL is provisioned', () => provision(opening)),
  ]);
  const redisPassword = provisionBeside(opening);
  await provisionBrokers(opening);
  const objectsPassword = provisionObjects(opening);
  const file: LabFile = {
    lab: options.lab,
    configFile: options.configFile,
    endpoint,
    startedAtMs: Date.now(),
    ready: false,
  };
  writeLabFile(zones.layout, file);
  const context = contextOf(opening, bundles);
  for (const { id } of topology.zones) startZone(context, id);
  await Promise.all([
    timed(opening, 'the stack is deployed', () =>
      deploy(opening, endpoint, {
        PostgresPassword: provisioned.passwords.evac.value,
        ...(redisPassword === null ? {} : { RedisPassword: redisPassword }),
        ...(objectsPassword === null ? {} : { ObjectsPassword: objectsPassword }),
      }),
    ),
    startTopics(opening, context),
  ]);
  startDns(opening, context);
  const invoke = { endpoint, topology, timeoutMs: deadlinesMs.warm };
  await startWitnesses(invoke);
  await timed(opening, 'every step is warm', () => warmUp(invoke));
  // Each run of a witness takes over from the one before: with a second now, no later one starts cold.
  await startWitnesses(invoke);
  const ready = { ...file, ready: true };
  writeLabFile(zones.layout, ready);
  return ready;
};
