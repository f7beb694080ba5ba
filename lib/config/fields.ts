import * as z from 'zod';

/**
 * Fields whose error message is always what is allowed, as a noun phrase: the finding around it says where, what was
 * found, and what to do.
 */
export const numberBetween = (low: number, high: number, unit: string) => {
  const error = `a number from ${low} to ${high} (${unit})`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};

export const wholeBetween = (low: number, high: number, unit: string) => {
  const error = `a whole number from ${low} to ${high} (${unit})`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

export const flag = () => z.boolean({ error: 'true or false' });

/** A text of a certain look; `allowed` says which. */
export const text = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });

const KEYS = 'one of the keys ';

/** A map with exactly these keys; a message that lists keys is what `keysAllowed` reads back. */
export const map = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) =>
      `${code === 'unrecognized_keys' ? KEYS : 'a map with the keys '}${Object.keys(shape).join(', ')}`,
  });

export const keysAllowed = (message: string): readonly string[] =>
  message.startsWith(KEYS) ? message.slice(KEYS.length).split(', ') : [];

const ADDRESS = 'a host name or IPv4 address and a port, like 10.0.1.10:5432';
const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
const DIGITS_AND_DOTS = /^[\d.]+$/;

const isIpv4 = (host: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(host) && host.split('.').every((part) => Number(part) <= 255);

/** What is only digits and dots is meant as an IPv4 address, so it has to be one. */
const isHost = (host: string): boolean => (DIGITS_AND_DOTS.test(host) ? isIpv4(host) : HOST.test(host));

/** `host:port`, written as one text so that a file stays readable. */
export const address = () =>
  z.string({ error: ADDRESS }).transform((value, context) => {
    const [, host = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(value) ?? [];
    const port = Number(digits);
    if (isHost(host) && port >= 1 && port <= 65_535) return { host, port };
    context.addIssue(ADDRESS);
    return z.NEVER;
  });

export const ipv4 = () => z.string({ error: IPV4 }).refine(isIpv4, { error: IPV4 });
const IPV4 = 'an IPv4 address, like 10.0.1.10: the public name answers it as an A record';

/** One value a zone, by the zone's id. */
export const perZone = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value, { error: 'a map with one value for each zone, by the zone id' });
