import { dataZones, storesOf } from '../../lib/domain/topology';
import type { Ports } from './ports';
import { engineOf } from './store-group';

const TIMEOUT_MS = 1_000;

/** What a keep-warm ping opens, so that the first failover step finds its connections and compiled code ready. */
export type Warm = (ports: Ports) => Promise<unknown>;

export const warmState: Warm = (ports) => ports.store.readSeat();

/** Reads only; a zone that does not answer is not this ping's business. */
export const warmStores: Warm = (ports) =>
  Promise.all([
    warmState(ports),
    ...dataZones(ports.topology).flatMap((zone) => [
      ...storesOf(ports.topology).map((store) => engineOf(ports, store).probe(zone, TIMEOUT_MS)),
      ports.api.probe(zone, TIMEOUT_MS),
    ]),
  ]);

export const warmApis: Warm = (ports) =>
  Promise.all([
    warmState(ports),
    ...dataZones(ports.topology).map((zone) => ports.api.probe(zone, TIMEOUT_MS)),
  ]);

export const warmTraffic: Warm = (ports) =>
  Promise.all([warmState(ports), ports.traffic.current(TIMEOUT_MS)]);

export const warmStoresAndTraffic: Warm = (ports) => Promise.all([warmStores(ports), warmTraffic(ports)]);
