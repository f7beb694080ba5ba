import type { TargetKind } from '../../lib/domain/observation';
import { hostKindOf } from '../../lib/domain/observation';
import type { Topology, WitnessId, ZoneId } from '../../lib/domain/topology';
import {
  apiOf,
  isLookedAtEachRound,
  isStore,
  REGION_WITNESS,
  Store,
  storeComponents,
  storesOf,
} from '../../lib/domain/topology';
import type { Prober } from '../../lib/ports/engine';
import type { Ports } from '../shared/ports';
import { engineOf } from '../shared/store-group';

export interface Target {
  readonly kind: TargetKind;
  readonly zone: ZoneId;
  /** Decides a failover, so it is probed each round; the others every few. */
  readonly vital: boolean;
  /** All the same looked at only every few rounds while nothing fails: its objective is minutes, and a look is dear. */
  readonly unhurried?: true;
}

const inZones = (kind: TargetKind, zones: readonly ZoneId[], vital: boolean): readonly Target[] =>
  zones.map((zone) => ({ kind, zone, vital }));

/** What this witness can reach by construction (I10); it observes and votes on nothing else. */
export const targetsOf = (topology: Topology, witness: WitnessId): readonly Target[] => {
  const stores = storeComponents(topology).filter(({ seenBy }) => seenBy.includes(witness));
  const api = apiOf(topology);
  const peers = Object.keys(topology.peers).filter((zone) => zone !== witness);
  return [
    ...stores.flatMap(({ component, endpoints }) =>
      inZones(component, Object.keys(endpoints), true).map((target) =>
        isLookedAtEachRound(component) ? target : { ...target, unhurried: true as const },
      ),
    ),
    ...(api?.seenBy.includes(witness) ? inZones('api', Object.keys(api.endpoints), true) : []),
    ...stores.flatMap(({ component, hosts }) => inZones(hostKindOf(component), Object.keys(hosts), false)),
    ...(witness === REGION_WITNESS ? [] : inZones('peer', peers, false)),
  ];
};

/** @throws Refused for a store that the deployment does not have. */
export const proberOf = (ports: Ports, kind: TargetKind): Prober => {
  if (isStore(kind)) return engineOf(ports, kind);
  if (kind === 'host') return ports.host;
  const beside = storesOf(ports.topology).find((store) => hostKindOf(store) === kind);
  if (beside !== undefined && beside !== Store.postgres) return ports.hostsBeside[beside] ?? ports.peer;
  return kind === 'api' ? ports.api : ports.peer;
};
