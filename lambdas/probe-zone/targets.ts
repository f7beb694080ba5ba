import type { TargetKind } from '../../lib/domain/observation';
import type { Topology, WitnessId, ZoneId } from '../../lib/domain/topology';
import { apiOf, postgresOf, REGION_WITNESS } from '../../lib/domain/topology';
import type { Prober } from '../../lib/ports/engine';
import type { Ports } from '../shared/ports';

export interface Target {
  readonly kind: TargetKind;
  readonly zone: ZoneId;
  /** Decides a failover, so it is probed each round; the others every few. */
  readonly vital: boolean;
}

const inZones = (kind: TargetKind, zones: readonly ZoneId[], vital: boolean): readonly Target[] =>
  zones.map((zone) => ({ kind, zone, vital }));

/** What this witness can reach by construction (I10); it observes and votes on nothing else. */
export const targetsOf = (topology: Topology, witness: WitnessId): readonly Target[] => {
  const postgres = postgresOf(topology);
  const api = apiOf(topology);
  const peers = Object.keys(topology.peers).filter((zone) => zone !== witness);
  return [
    ...(postgres?.seenBy.includes(witness) ? inZones('postgres', Object.keys(postgres.endpoints), true) : []),
    ...(api?.seenBy.includes(witness) ? inZones('api', Object.keys(api.endpoints), true) : []),
    ...(postgres?.seenBy.includes(witness) ? inZones('host', Object.keys(postgres.hosts), false) : []),
    ...(witness === REGION_WITNESS ? [] : inZones('peer', peers, false)),
  ];
};

export const proberOf = (ports: Ports, kind: TargetKind): Prober => {
  if (kind === 'postgres') return ports.postgres;
  if (kind === 'api') return ports.api;
  if (kind === 'host') return ports.host;
  return ports.peer;
};
