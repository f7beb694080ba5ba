/** What travels between states: each state hands on JSON and nothing else. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export type JsonObject = { readonly [key: string]: Json | undefined };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As it is after a way over the wire: a copy, without functions and undefined; nothing at all becomes null. */
export const overTheWire = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;
