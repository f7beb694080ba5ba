import type { ZoneId } from '../../domain/topology';
import { dataZones } from '../../domain/topology';
import { askDatabase, isInRecovery } from '../drill/local-database';
import { orProblem } from '../drill/or-problem';
import type { Row } from './scenario';

/** What a server says of its standbys: the seat's word for the same is Evac's own. */
export interface Replication {
  /** `synchronous_standby_names`: whom a commit waits for; empty = nobody. */
  readonly names: string;
  /** Each sender: its standby's name, its state, and whether a commit counts on it. */
  readonly standbys: readonly string[];
}

export const replicationIn = async ({ lab }: Pick<Row, 'lab'>, zone: ZoneId): Promise<Replication> => {
  const text = `SELECT current_setting('synchronous_standby_names') AS names,
    ARRAY(SELECT concat_ws(' ', application_name, state, sync_state) FROM pg_stat_replication) AS standbys`;
  const question = { what: 'its replication could not be read', text };
  const [found] = await askDatabase<Replication>(lab, zone, question);
  return found ?? { names: 'unknown', standbys: [] };
};

/** Commits wait for this zone's standby, and it takes part. Its name there begins with its zone. */
export const isSynchronousWith = ({ names, standbys }: Replication, zone: ZoneId): boolean =>
  names.includes(zone) &&
  standbys.some((standby) => new RegExp(`^${zone}\\S* streaming (sync|quorum)$`).test(standby));

export const describeReplication = ({ names, standbys }: Replication): string =>
  `commits wait for "${names}", the standbys are: ${standbys.join(', ') || 'none'}`;

/** The zones whose server answers and is no standby. */
export const primariesNow = async ({ lab }: Pick<Row, 'lab'>): Promise<readonly ZoneId[]> => {
  const zones = dataZones(lab.options.topology);
  const standby = await Promise.all(zones.map((zone) => orProblem([], () => isInRecovery(lab, zone))));
  return zones.filter((_zone, i) => standby[i] === false);
};

export interface Server {
  readonly isStandby: boolean;
  readonly startedAtMs: number;
  readonly fenceEpoch: number;
}

/** Since when a zone's server runs (every connection before that is gone), and the newest epoch it knows. */
export const serverIn = async ({ lab }: Pick<Row, 'lab'>, zone: ZoneId): Promise<Server | null> => {
  const text = `SELECT pg_is_in_recovery() AS "isStandby",
    (extract(epoch FROM pg_postmaster_start_time()) * 1000)::float8 AS "startedAtMs",
    (SELECT epoch::float8 FROM evac.fence WHERE id = 1) AS "fenceEpoch"`;
  const question = { what: 'its start could not be read', text };
  const [found] = await askDatabase<Server>(lab, zone, question);
  return found ?? null;
};
