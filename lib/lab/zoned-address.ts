import { InvalidConfiguration } from '../domain/errors';
import type { ZoneId } from '../domain/topology';

export interface ZonedAddress {
  readonly zone: ZoneId;
  readonly host: string;
  readonly port: number;
}

/** `az-a=198.18.1.1:9092`, as the lab hands servers to its processes. @throws InvalidConfiguration */
export const zonedAddress = (text: string): ZonedAddress => {
  const [, zone, host, port] = /^([^=]+)=(.+):(\d{1,5})$/.exec(text) ?? [];
  if (zone === undefined || host === undefined)
    throw new InvalidConfiguration(`a server ZONE=HOST:PORT is needed, found ${text}`);
  return { zone, host, port: Number(port) };
};

/** By zone, as engines want them. */
export const addressesByZone = (
  servers: readonly ZonedAddress[],
): Readonly<Record<ZoneId, { readonly host: string; readonly port: number }>> =>
  Object.fromEntries(servers.map(({ zone, host, port }) => [zone, { host, port }]));
