import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyVersion } from '../../lib/config/policy-version';
import { readTopologyJson } from '../../lib/config/topology-json';
import { Env, optionalEnv, requireEnv } from '../../lib/contract/environment';
import { InvalidConfiguration } from '../../lib/domain/errors';
import type {
  HostAddress,
  ObjectsComponent,
  StoreComponent,
  Topology,
  ZoneId,
} from '../../lib/domain/topology';
import {
  apiOf,
  dataZones,
  kafkaOf,
  objectsOf,
  postgresOf,
  redisOf,
  Store,
  witnessesOf,
} from '../../lib/domain/topology';
import { createHttpApi } from '../../lib/engines/api/http/http-api';
import { createHostAgentControl } from '../../lib/engines/host-agent/host-agent-control';
import { createHostProber } from '../../lib/engines/host-agent/host-prober';
import { createKafkaAudit } from '../../lib/engines/kafka/stretch/compare';
import { createKafkaStretch } from '../../lib/engines/kafka/stretch/kafka-stretch';
import { createLazyCopyReader } from '../../lib/engines/lazy-copy-reader';
import { createLazyEngine } from '../../lib/engines/lazy-engine';
import { createTcpMachine } from '../../lib/engines/peer/tcp/tcp-machine';
import { createTcpPeer } from '../../lib/engines/peer/tcp/tcp-peer';
import type { NameKey } from '../../lib/engines/key-names';
import { nameKeys } from '../../lib/engines/key-names';
import { createPostgresCompare } from '../../lib/engines/postgres/streaming/compare';
import { createPostgresStreaming } from '../../lib/engines/postgres/streaming/postgres-streaming';
import { createRedisCompare } from '../../lib/engines/redis/replica/compare';
import { createRedisReplica } from '../../lib/engines/redis/replica/redis-replica';
import { createSsmHostControl } from '../../lib/engines/ssm/ssm-host-control';
import { objectsCapabilities } from '../../lib/engines/object-store/replicated/capabilities';
import type { ZoneStoreOptions } from '../../lib/engines/object-store/replicated/zone-stores';
import type { CopyReader } from '../../lib/ports/consistency';
import type { Engine, Prober } from '../../lib/ports/engine';
import type { HostControl } from '../../lib/ports/host-control';
import type { Traffic } from '../../lib/ports/traffic';
import type { TrafficSamples } from '../../lib/ports/traffic-samples';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store';
import { createAlbTraffic } from '../../lib/traffic/alb-weights/alb-traffic';
import { createRoute53Traffic } from '../../lib/traffic/route53/route53-traffic';
import { createApiSamples } from '../../lib/traffic/samples/api-samples';
import { createCloudWatchSamples } from '../../lib/traffic/samples/cloudwatch-samples';
import { createNoSamples } from '../../lib/traffic/samples/no-samples';
import { createCloudWatchMetrics } from '../../lib/workflow/cloudwatch-metrics';
import { createLambdaFunctions } from '../../lib/workflow/lambda-functions';
import { createLambdaWitnesses } from '../../lib/workflow/lambda-witnesses';
import { createStepFunctions } from '../../lib/workflow/step-functions';
import { createLog } from './log';
import type { Log, Ports } from './ports';
import { createSystemClock } from './system-clock';

const CONTROL_TIMEOUT_MS = 3_000;

/** The stack puts the parsed configuration beside each bundle: what was deployed is what runs. */
const bundledTopology = (): Topology =>
  readTopologyJson(readFileSync(join(__dirname, 'topology.json'), 'utf8'));

/** Each host by its own kind: the lab's agents by HTTP, instances on AWS by SSM. */
export const createHostControl = (hosts: Readonly<Record<ZoneId, HostAddress>>): HostControl => {
  const agents = createHostAgentControl(hosts);
  const instances = createSsmHostControl({ hosts });
  const of = (zone: ZoneId): HostControl => (hosts[zone]?.kind === 'ssm' ? instances : agents);
  return {
    status: (zone, timeoutMs) => of(zone).status(zone, timeoutMs),
    stop: (zone, order, timeoutMs) => of(zone).stop(zone, order, timeoutMs),
    rejoin: (zone, order, timeoutMs) => of(zone).rejoin(zone, order, timeoutMs),
  };
};

/** A probe never goes through SSM: of an instance only its network is looked at. */
export const createHostLook = (component: StoreComponent, control: HostControl): Prober => {
  const agents = createHostProber(control);
  const instances = createTcpMachine(component.endpoints);
  return {
    ...agents,
    probe: (zone, timeoutMs) =>
      (component.hosts[zone]?.kind === 'ssm' ? instances : agents).probe(zone, timeoutMs),
  };
};

/** Sessions are opened at the first question; only `verify-copies` asks one. */
const copiesOf = (topology: Topology): Ports['copies'] => {
  const nameKey = nameKeys(topology.verify.keys);
  const [postgres, redis, kafka] = [postgresOf(topology), redisOf(topology), kafkaOf(topology)];
  const objects = objectsOf(topology);
  return {
    ...(postgres && {
      postgres: createPostgresCompare({
        component: postgres,
        password: async () => requireEnv(Env.postgresPassword),
        nameKey,
      }),
    }),
    ...(redis && {
      redis: createRedisCompare({
        component: redis,
        password: async () => requireEnv(Env.redisPassword),
        nameKey,
      }),
    }),
    ...(kafka && { kafka: createKafkaAudit({ component: kafka }) }),
    ...(objects && {
      objects: createLazyCopyReader({ store: Store.objects, nameOf: (_, key) => nameKey(key) }, () =>
        loadObjectsCompare(objects, nameKey),
      ),
    }),
  };
};

type Beside = Pick<Ports, 'beside' | 'hostsBeside'>;

const storesBeside = (topology: Topology): Beside => {
  const [redis, objects] = [redisBeside(topology), objectsBeside(topology)];
  return {
    beside: { ...redis.beside, ...kafkaBeside(topology), ...objects.beside },
    hostsBeside: { ...redis.hostsBeside, ...objects.hostsBeside },
  };
};

const redisBeside = (topology: Topology): Beside => {
  const component = redisOf(topology);
  if (component === undefined) return { beside: {}, hostsBeside: {} };
  const hosts = createHostControl(component.hosts);
  const password = async (): Promise<string> => requireEnv(Env.redisPassword);
  return {
    beside: { redis: createRedisReplica({ component, password }, hosts) },
    hostsBeside: { redis: createHostLook(component, hosts) },
  };
};

/** Of each zone. The S3 client is large: it is loaded where there are objects, and no other deployment's bundle has it. */
const objectStoresOf = async (
  component: ObjectsComponent,
): Promise<Readonly<Record<ZoneId, ZoneStoreOptions>>> => {
  const { createPolicyGate } = await import('../../lib/engines/object-store/minio/policy-gate');
  const { bucket, region, user, workloadPolicy: policy, endpoints } = component;
  const credentials = { accessKeyId: user, secretAccessKey: requireEnv(Env.objectsPassword) };
  const options = Object.entries(endpoints).map(([zone, { host, port }]) => {
    const access = { endpoint: `http://${host}:${port}`, region, credentials, bucket };
    return [zone, { access, gate: createPolicyGate({ ...access, policy }) }] as const;
  });
  return Object.fromEntries(options);
};

const loadObjects = async (component: ObjectsComponent, hosts: HostControl): Promise<Engine> => {
  const { createReplicatedObjects } =
    await import('../../lib/engines/object-store/replicated/replicated-objects');
  return createReplicatedObjects(await objectStoresOf(component), hosts);
};

const loadObjectsCompare = async (component: ObjectsComponent, nameKey: NameKey): Promise<CopyReader> => {
  const [{ createObjectsCompare }, { createZoneStores }] = await Promise.all([
    import('../../lib/engines/object-store/replicated/compare'),
    import('../../lib/engines/object-store/replicated/zone-stores'),
  ]);
  return createObjectsCompare({ stores: createZoneStores(await objectStoresOf(component)), nameKey });
};

const objectsBeside = (topology: Topology): Beside => {
  const component = objectsOf(topology);
  if (component === undefined) return { beside: {}, hostsBeside: {} };
  const hosts = createHostControl(component.hosts);
  const known = { component: 'objects', capabilities: objectsCapabilities };
  return {
    beside: { objects: createLazyEngine(known, () => loadObjects(component, hosts)) },
    hostsBeside: { objects: createHostLook(component, hosts) },
  };
};

const kafkaBeside = (topology: Topology): Ports['beside'] => {
  const component = kafkaOf(topology);
  if (component === undefined) return {};
  const options = { component, dataZones: dataZones(topology) };
  return { kafka: createKafkaStretch(options, createHostControl(component.hosts)) };
};

const storesOf = (
  topology: Topology,
): Pick<Ports, 'postgres' | 'beside' | 'api' | 'host' | 'hostsBeside' | 'peer'> => {
  const component = postgresOf(topology);
  const api = apiOf(topology);
  if (component === undefined || api === undefined)
    throw new InvalidConfiguration('components: postgres and api are both needed; add them and deploy again');
  const hosts = createHostControl(component.hosts);
  return {
    postgres: createPostgresStreaming(
      { component, password: async () => requireEnv(Env.postgresPassword) },
      hosts,
    ),
    ...storesBeside(topology),
    api: createHttpApi(api),
    host: createHostLook(component, hosts),
    peer: createTcpPeer(topology.peers),
  };
};

const switchOf = ({ traffic }: Topology): Traffic =>
  traffic.kind === 'alb'
    ? createAlbTraffic({ traffic })
    : createRoute53Traffic({
        traffic,
        hostedZoneId: optionalEnv(Env.hostedZoneId) ?? traffic.hostedZoneId ?? '',
      });

/** Only what counts by AWS's time asks for it. */
const samplesOf = (topology: Topology, log: Log, nowMs: () => Promise<number>): TrafficSamples => {
  const { samples } = topology.traffic;
  if (samples === undefined) return createNoSamples();
  if (samples.kind === 'api')
    return createApiSamples({ endpoints: apiOf(topology)?.endpoints ?? {}, path: samples.path });
  return createCloudWatchSamples({
    samples,
    nowMs,
    onFailed: (cause) => log.warn('the samples of the traffic cannot be read', { cause: String(cause) }),
  });
};

const controlPlaneOf = (
  topology: Topology,
  log: Log,
): Pick<Ports, 'traffic' | 'witnesses' | 'workflows' | 'functions' | 'metrics'> => {
  const { workload } = topology;
  return {
    traffic: switchOf(topology),
    witnesses: createLambdaWitnesses({
      workload,
      onMissing: (witness, cause) => log.warn('a witness did not answer', { witness, cause: String(cause) }),
    }),
    workflows: createStepFunctions({
      workload,
      machineArnPrefix: requireEnv(Env.machineArnPrefix),
      timeoutMs: CONTROL_TIMEOUT_MS,
    }),
    functions: createLambdaFunctions({
      workload,
      onFailed: (name, cause) => log.warn('a function could not be called', { name, cause: String(cause) }),
    }),
    metrics: createCloudWatchMetrics({
      timeoutMs: CONTROL_TIMEOUT_MS,
      onLost: (cause) => log.warn('metrics were not taken', { cause: String(cause) }),
    }),
  };
};

/** The one composition root of the Lambdas: called once, at cold start. */
export const createPorts = (): Ports => {
  const topology = bundledTopology();
  const log = createLog((text) => process.stdout.write(`${text}\n`));
  const { workload } = topology;
  const policy = { version: policyVersion(topology), topology };
  const store = createDynamoDbStore({
    table: requireEnv(Env.table),
    workload,
    witnesses: witnessesOf(topology),
    dataZones: dataZones(topology),
    policy,
  });
  return {
    topology,
    policyVersion: policy.version,
    store,
    samples: samplesOf(topology, log, () => store.nowMs()),
    ...storesOf(topology),
    copies: copiesOf(topology),
    ...controlPlaneOf(topology, log),
    clock: createSystemClock(),
    newId: randomUUID,
    log,
  };
};
