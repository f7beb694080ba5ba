import type { BalancePolicy } from './traffic/balance';
import type { ShiftPolicy } from './traffic/shift-policy';

/** What one deployment protects and how: parsed once from the YAML file, read-only everywhere else. */

export const ZoneRole = { primary: 'primary', secondary: 'secondary', witness: 'witness' } as const;
export type ZoneRole = (typeof ZoneRole)[keyof typeof ZoneRole];

export const Component = {
  api: 'api',
  postgres: 'postgres',
  redis: 'redis',
  kafka: 'kafka',
  objects: 'objects',
} as const;
export type Component = (typeof Component)[keyof typeof Component];

/** The stores whose writer Evac places. PostgreSQL leads: API and traffic go where its writer goes. */
export const Store = { postgres: 'postgres', redis: 'redis', kafka: 'kafka', objects: 'objects' } as const;
export type Store = (typeof Store)[keyof typeof Store];
/** As its makers write it. */
export const STORE_LABEL: Readonly<Record<Store, string>> = {
  postgres: 'PostgreSQL',
  redis: 'Redis',
  kafka: 'Kafka',
  objects: 'Objects',
};
/**
 * Its own quorum decides who leads, among those that hold every acknowledged write. Evac follows its elections (I4) and
 * places the leaders; there is no standby to prove, to give up or to bring back.
 */
export const electsItself = (store: Store): boolean => store === Store.kafka;
/** Witnesses look at it every round; at what has minutes for its objective every few, while nothing fails. */
export const isLookedAtEachRound = (store: Store): boolean => !isAsynchronous(store);
/**
 * It acknowledges alone, and a copier brings what it has to its standby: nobody waits for that one, so what an emergency
 * loses is what had not been copied yet. That is bounded by the beacon which came with the copies, and never called 0.
 */
export const isAsynchronous = (store: Store): boolean => store === Store.objects;
/** Whose copies are compared: a quorum's replicas take nothing that they do not all agree on, and of it in-sync sets and watermarks are read. */
export const isCompared = (store: Store): boolean => !electsItself(store);
/** The one that names the zones of an operation: all its stores write in the same. */
export const leading = (stores: readonly Store[]): Store => stores[0] ?? Store.postgres;
export type SideStore = Exclude<Store, 'postgres'>;

export const Mode = { activeStandby: 'active-standby', activeActive: 'active-active' } as const;
export type Mode = (typeof Mode)[keyof typeof Mode];

export const Automatic = { off: 'off', shadow: 'shadow', on: 'on' } as const;
export type Automatic = (typeof Automatic)[keyof typeof Automatic];

/** An AZ id (`use1-az1`), never an AZ name; in the lab `az-a`. */
export type ZoneId = string;

/** The witness that lives in no zone. */
export const REGION_WITNESS = 'region';
/** A zone's id, or `region`. */
export type WitnessId = string;

export interface Zone {
  readonly id: ZoneId;
  readonly role: ZoneRole;
  /** AWS only: the one subnet that pins the zone's witness to its zone. */
  readonly subnetId?: string;
}

export interface Policy {
  readonly automatic: Automatic;
  readonly checkIntervalMs: number;
  /** Consecutive failed rounds before the confirming burst. */
  readonly failureThreshold: number;
  readonly confirmingProbes: number;
  readonly confirmingSpacingMs: number;
  readonly probeTimeoutMs: number;
  readonly cooldownMs: number;
  readonly rpoMs: number;
  readonly rtoMs: number;
  /** 0-100; automatic action needs at least this much. */
  readonly minimumConfidence: number;
  /** An observation whose round did not change for this long on the reader's own clock is stale. */
  readonly staleAfterMs: number;
  /** Components whose loss bound gates an automatic failover (I3). */
  readonly rpoGates: readonly Component[];
  /** How long one step of an operation may go without progress before `reconcile-seat` takes over (§3b.11). */
  readonly stepDeadlineMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface SyncPolicy {
  readonly batchSize: number;
  readonly intervalMs: number;
  readonly maxLagMs: number;
  readonly compression: boolean;
}

interface ComponentBase {
  readonly weight: number;
  readonly sync?: SyncPolicy;
  /** Witnesses that can reach it by construction; others do not vote on it (I10). */
  readonly seenBy: readonly WitnessId[];
}

/**
 * Where the password comes from; never the password itself. `parameter`: a NoEcho parameter of the stack (lab);
 * `secret`: a name in Secrets Manager (AWS).
 */
export type PasswordSource =
  | { readonly parameter: 'PostgresPassword' | 'RedisPassword' | 'ObjectsPassword' }
  | { readonly secret: string };

export interface PostgresComponent extends ComponentBase {
  readonly component: 'postgres';
  readonly engine: 'streaming';
  readonly database: string;
  readonly user: string;
  readonly password: PasswordSource;
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
  /** The host agent beside each server (lab) or the SSM instance id (AWS). */
  readonly hosts: Readonly<Record<ZoneId, HostAddress>>;
}

export type HostAddress =
  | { readonly kind: 'agent'; readonly host: string; readonly port: number }
  | { readonly kind: 'ssm'; readonly instanceId: string };

export interface RedisComponent extends ComponentBase {
  readonly component: 'redis';
  readonly engine: 'replica';
  /** Evac's own user. */
  readonly user: string;
  readonly password: PasswordSource;
  /** Whom a fence keeps out. */
  readonly workloadUsers: readonly string[];
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
  readonly hosts: Readonly<Record<ZoneId, HostAddress>>;
}

/** One stretched cluster, a broker in every zone. */
export interface KafkaComponent extends ComponentBase {
  readonly component: 'kafka';
  readonly engine: 'stretch';
  /** The workload's: whose leaders are placed, and whose settings must bound an acknowledgement by the quorum. */
  readonly topics: readonly string[];
  /** In the witness zone, too. */
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
  /** None: a broker that comes back joins by itself. */
  readonly hosts: Readonly<Record<ZoneId, HostAddress>>;
}

/** An S3-compatible store in each data zone, and Evac's copier between them. */
export interface ObjectsComponent extends ComponentBase {
  readonly component: 'objects';
  readonly engine: 'replicated';
  /** Versioned, in each zone; beside it Evac's own, `<bucket>-evac`. */
  readonly bucket: string;
  /** What the stores take for their Region in a signature. */
  readonly region: string;
  /** Evac's own access key; it may administer. */
  readonly user: string;
  /** Its secret. */
  readonly password: PasswordSource;
  /** The policy of the workload's user, which opens and closes a zone to it. */
  readonly workloadPolicy: string;
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
  readonly hosts: Readonly<Record<ZoneId, HostAddress>>;
  /** `maxLagMs` is the objective: what it may lose without a person's word. */
  readonly sync: SyncPolicy;
}

export interface ApiComponent extends ComponentBase {
  readonly component: 'api';
  readonly engine: 'http';
  readonly healthPath: string;
  readonly endpoints: Readonly<Record<ZoneId, Address>>;
}

export type StoreComponent = PostgresComponent | RedisComponent | KafkaComponent | ObjectsComponent;
export type ComponentConfig = StoreComponent | ApiComponent;

/** Where the guard of a planned move gets its samples. */
export type SamplesConfig =
  /** Each API counts for itself and answers it on this path of its endpoint. */
  | { readonly kind: 'api'; readonly path: string }
  /** An Application Load Balancer's CloudWatch metrics. */
  | {
      readonly kind: 'cloudwatch';
      /** As in the metric's dimension: `app/orders/50dc6c495c0c9188`. */
      readonly loadBalancer: string;
      /** `targetgroup/orders-a/73e2d6bc24d8a067`, per zone. */
      readonly targetGroups: Readonly<Record<ZoneId, string>>;
      /** What each zone can carry: CloudWatch does not know it. */
      readonly requestsPerSecond: Readonly<Record<ZoneId, number>>;
    };

interface TrafficBase {
  readonly servicePort: number;
  /** Absent: a planned move's traffic goes over in one step, as an emergency's. */
  readonly progressive?: ShiftPolicy;
  /** Absent: Evac's own requests are all that the guard has. */
  readonly samples?: SamplesConfig;
  /** Active-active only: how the zones share the traffic. */
  readonly balance?: BalancePolicy;
}

export interface Route53TrafficConfig extends TrafficBase {
  readonly kind: 'route53';
  readonly hostedZoneName: string;
  /** Absent: the stack makes the hosted zone (the lab). */
  readonly hostedZoneId?: string;
  readonly recordName: string;
  readonly ttlSeconds: number;
  /** What the public name answers, per zone. */
  readonly targets: Readonly<Record<ZoneId, string>>;
}

export interface AlbTrafficConfig extends TrafficBase {
  readonly kind: 'alb';
  /** The listener rule whose forward action has one target group a zone. */
  readonly ruleArn: string;
  readonly targetGroups: Readonly<Record<ZoneId, string>>;
}

export type TrafficConfig = Route53TrafficConfig | AlbTrafficConfig;

/** How the copies of each store are compared (`evac verify`). */
export interface VerifyPolicy {
  /**
   * on: a planned move is refused while the newest comparison found differences, and the CLI compares first; required: and it
   * needs a proof no older than `proofMs`; off: neither.
   */
  readonly beforePlanned: 'on' | 'required' | 'off';
  /** In the background, once the zone that was left has rejoined: then there are two copies again. */
  readonly afterSwitch: boolean;
  readonly proofMs: number;
  /** One comparison goes no longer; what is left is unknown then. */
  readonly timeLimitMs: number;
  readonly keys: 'shown' | 'hashed';
}

export interface Topology {
  readonly workload: string;
  readonly target: {
    readonly kind: 'lab' | 'aws';
    readonly region: string;
    readonly account?: string;
    readonly vpcId?: string;
  };
  readonly mode: Mode;
  readonly zones: readonly Zone[];
  readonly policy: Policy;
  readonly verify: VerifyPolicy;
  readonly components: readonly ComponentConfig[];
  /** A TCP address in each zone that answers a witness which asks whether it can judge at all (§3b.10). */
  readonly peers: Readonly<Record<ZoneId, Address>>;
  readonly traffic: TrafficConfig;
  readonly notify?: { readonly email: string };
}

export const zonesOfRole = (topology: Topology, role: ZoneRole): readonly ZoneId[] =>
  topology.zones.filter((zone) => zone.role === role).map((zone) => zone.id);

/** Primary and secondary: the zones that hold data. */
export const dataZones = (topology: Topology): readonly ZoneId[] =>
  topology.zones.filter((zone) => zone.role !== ZoneRole.witness).map((zone) => zone.id);

export const witnessesOf = (topology: Topology): readonly WitnessId[] => [
  ...topology.zones.map((zone) => zone.id),
  REGION_WITNESS,
];

export const postgresOf = (topology: Topology): PostgresComponent | undefined =>
  topology.components.find((entry): entry is PostgresComponent => entry.component === Component.postgres);

export const redisOf = (topology: Topology): RedisComponent | undefined =>
  topology.components.find((entry): entry is RedisComponent => entry.component === Component.redis);

export const kafkaOf = (topology: Topology): KafkaComponent | undefined =>
  topology.components.find((entry): entry is KafkaComponent => entry.component === Component.kafka);

export const objectsOf = (topology: Pick<Topology, 'components'>): ObjectsComponent | undefined =>
  topology.components.find((entry): entry is ObjectsComponent => entry.component === Component.objects);

export const isStore = (component: string): component is Store =>
  (Object.values(Store) as string[]).includes(component);

const isStoreComponent = (entry: ComponentConfig): entry is StoreComponent => isStore(entry.component);

/** PostgreSQL first. */
export const storeComponents = ({ components }: Pick<Topology, 'components'>): readonly StoreComponent[] =>
  components.filter(isStoreComponent);

/** PostgreSQL first; no deployment is without it. */
export const storesOf = (topology: Topology): readonly Store[] =>
  Object.values(Store).filter(
    (store) => store === Store.postgres || topology.components.some(({ component }) => component === store),
  );

export const apiOf = (topology: Topology): ApiComponent | undefined =>
  topology.components.find((entry): entry is ApiComponent => entry.component === Component.api);
