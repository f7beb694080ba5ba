import { join } from 'node:path';
import { tableName } from '../contract/names';
import type { ByStore } from '../domain/protocol/seat';
import type { StoreComponent, Topology, ZoneId } from '../domain/topology';
import { apiOf, dataZones, kafkaOf, objectsOf, postgresOf, redisOf } from '../domain/topology';
import type { LabProcess } from './bundle-processes';
import { LOCAL_REGION } from './emulator/emulator';
import { LabNotUp } from './lab-errors';
import type { BrokerPlace, KafkaTools } from './kafka-host/kafka-host';
import type { LabLayout } from './layout';
import { copiers, objectsDataOf, objectsFolderOf } from './objects-services';
import { networkPrefixLength } from './layout';
import { zoneClockEnvironment } from './zone-clock';
import type { ZoneProcesses } from './zone-process';

/** What it takes to start any of a lab's services; the same for the first start and for a zone that returns. */
export interface ServiceContext {
  readonly topology: Topology;
  readonly layout: LabLayout;
  readonly processes: ZoneProcesses;
  readonly bundles: Readonly<Record<LabProcess, string>>;
  /** The emulator as it is reached from inside the lab's network. */
  readonly regionEndpoint: string;
  readonly postgresBinaries: string;
  readonly redisServer: string;
  /** Null: there is no Kafka in this deployment. */
  readonly kafka: KafkaTools | null;
  /** Null: there are no objects in this deployment. */
  readonly minioServer: string | null;
  /** The workload's own, of each store it has. */
  readonly workloadPasswords: ByStore<string>;
}

const NETWORKS = `198.18.0.0/${networkPrefixLength}`;

const awsEnvironment = (context: ServiceContext): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: context.regionEndpoint,
  AWS_REGION: LOCAL_REGION.region,
  AWS_ACCESS_KEY_ID: LOCAL_REGION.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_REGION.credentials.secretAccessKey,
});

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Service {
  readonly place: string;
  readonly name: LabProcess;
  readonly args: Readonly<Record<string, string | readonly string[]>>;
  readonly env?: Readonly<Record<string, string>>;
}

const flags = (args: Service['args']): readonly string[] =>
  Object.entries(args).flatMap(([name, value]) =>
    typeof value === 'string' ? [`--${name}`, value] : value.flatMap((each) => [`--${name}`, each]),
  );

/** A lab process written in TypeScript, as plain node in its place. */
export const startService = (context: ServiceContext, service: Service) =>
  context.processes.spawnInZone({
    place: service.place,
    name: service.name,
    command: process.execPath,
    args: [context.bundles[service.name], ...flags(service.args)],
    env: {
      PATH: SYSTEM_PATH,
      LANG: 'C.UTF-8',
      ...service.env,
      ...zoneClockEnvironment(context.layout, service.place),
    },
  });

export const postgresFolderOf = (layout: LabLayout): string => join(layout.folder, 'postgres');
export const redisFolderOf = (layout: LabLayout): string => join(layout.folder, 'redis');
export const kafkaFolderOf = (layout: LabLayout): string => join(layout.folder, 'kafka');

/** The lab's brokers: that of the primary zone first, that of the witness zone last. */
export const brokersOf = (topology: Topology): readonly BrokerPlace[] => {
  const endpoints = kafkaOf(topology)?.endpoints ?? {};
  const order = ['primary', 'secondary', 'witness'];
  return [...topology.zones]
    .sort((one, other) => order.indexOf(one.role) - order.indexOf(other.role))
    .flatMap(({ id: zone }, index) => {
      const at = endpoints[zone];
      return at === undefined
        ? []
        : [{ id: index + 1, zone, listen: at.host, port: at.port, controllerPort: at.port + 1 }];
    });
};

interface HostArguments {
  readonly store: StoreComponent | undefined;
  readonly name: 'postgres-host' | 'redis-host' | 'minio-host';
  readonly folder: string;
  readonly own: Service['args'];
}

const hostAgent = (
  context: ServiceContext,
  zone: ZoneId,
  { store, name, folder, own }: HostArguments,
): readonly Service[] => {
  const { workload } = context.topology;
  const endpoint = store?.endpoints[zone];
  const host = store?.hosts[zone];
  if (endpoint === undefined || host?.kind !== 'agent') return [];
  const args = {
    zone,
    folder: join(folder, zone),
    listen: endpoint.host,
    port: String(endpoint.port),
    'agent-port': String(host.port),
    table: tableName(workload),
    workload,
    ...own,
  };
  return [{ place: zone, name, args, env: awsEnvironment(context) }];
};

const hostAgents = (context: ServiceContext, zone: ZoneId): readonly Service[] => {
  const { topology, layout, postgresBinaries, redisServer, minioServer } = context;
  return [
    ...hostAgent(context, zone, {
      store: postgresOf(topology),
      name: 'postgres-host',
      folder: postgresFolderOf(layout),
      own: { binaries: postgresBinaries, networks: NETWORKS },
    }),
    ...hostAgent(context, zone, {
      store: redisOf(topology),
      name: 'redis-host',
      folder: redisFolderOf(layout),
      own: { server: redisServer },
    }),
    ...hostAgent(context, zone, {
      store: objectsOf(topology),
      name: 'minio-host',
      folder: objectsFolderOf(layout),
      own: { server: minioServer ?? '', data: objectsDataOf(layout, zone) },
    }),
  ];
};

/** Where a broker's host agent listens; Evac does not ask it, a broker joins its cluster by itself. */
const KAFKA_AGENT_PORT = 8084;

const broker = ({ topology, layout, kafka }: ServiceContext, zone: ZoneId): readonly Service[] => {
  const place = brokersOf(topology).find((each) => each.zone === zone);
  if (place === undefined || kafka === null) return [];
  return [
    {
      place: zone,
      name: 'kafka-host',
      args: {
        zone,
        id: String(place.id),
        folder: join(kafkaFolderOf(layout), zone),
        java: kafka.java,
        jars: kafka.jars,
        archive: kafka.archive ?? '',
        listen: place.listen,
        port: String(place.port),
        'controller-port': String(place.controllerPort),
        'agent-port': String(KAFKA_AGENT_PORT),
      },
    },
  ];
};

const addressesOf = (store: StoreComponent | undefined): readonly string[] =>
  Object.values(store?.endpoints ?? {}).map(({ host, port }) => `${host}:${port}`);

/** `az-a=198.18.1.1:6379` */
export const byZone = (store: StoreComponent | undefined): readonly string[] =>
  Object.entries(store?.endpoints ?? {}).map(([zone, { host, port }]) => `${zone}=${host}:${port}`);

const orders = (context: ServiceContext, zone: ZoneId): readonly Service[] => {
  const { topology, workloadPasswords } = context;
  const listen = apiOf(topology)?.endpoints[zone];
  if (listen === undefined) return [];
  return [
    {
      place: zone,
      name: 'orders',
      args: {
        zone,
        listen: `${listen.host}:${listen.port}`,
        database: addressesOf(postgresOf(topology)),
        redis: byZone(redisOf(topology)),
        kafka: byZone(kafkaOf(topology)),
        objects: byZone(objectsOf(topology)),
      },
      env: {
        ORDERS_DB_PASSWORD: workloadPasswords.postgres ?? '',
        ORDERS_REDIS_PASSWORD: workloadPasswords.redis ?? '',
        ORDERS_OBJECTS_PASSWORD: workloadPasswords.objects ?? '',
      },
    },
  ];
};

const peer = ({ topology }: ServiceContext, zone: ZoneId): readonly Service[] => {
  const address = topology.peers[zone];
  return address === undefined
    ? []
    : [{ place: zone, name: 'peer', args: { host: address.host, port: String(address.port) } }];
};

/** Everything that runs in a zone by itself, or these of it: on the first start, and again when a killed zone returns. */
export const startZone = (context: ServiceContext, zone: ZoneId, only?: readonly LabProcess[]): void => {
  const known = context.topology.zones.some(({ id }) => id === zone);
  if (!known) throw new LabNotUp(`there is no zone ${zone} in this lab`);
  const holdsData = dataZones(context.topology).includes(zone);
  const services = [
    ...peer(context, zone),
    ...broker(context, zone),
    ...(holdsData ? [...hostAgents(context, zone), ...copiers(context, zone), ...orders(context, zone)] : []),
  ];
  for (const service of services)
    if (only === undefined || only.includes(service.name)) startService(context, service);
};
