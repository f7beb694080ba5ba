/** The database role of the API: it may write orders and nothing else, and owns nothing. */
export const ORDERS_ROLE = 'orders';
export const ORDERS_DATABASE = 'orders';
/** The keys in Redis that are the API's own. */
export const ORDERS_PREFIX = 'orders:';
export const ORDERS_KEYS = `${ORDERS_PREFIX}*`;
/** The id of the order that was placed under an idempotency key. */
export const redisKeyOf = (idempotencyKey: string): string => `${REDIS_KEY_PREFIX}${idempotencyKey}`;
export const REDIS_KEY_PREFIX = 'orders:key:';

/** What survived is compared with the ledger by these ids. */
export const SURVIVING_IDS_SQL = 'SELECT id FROM orders.orders';

const quotedLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * What the sample workload needs in its database; run as a superuser, any number of times.
 * Nothing here says whether the role may write: the server's own default does (read-only until Evac admits writes),
 * and a default of the role would override it.
 */
export const ordersSchemaSql = (password: string): string => `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${ORDERS_ROLE}') THEN
    CREATE ROLE ${ORDERS_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
END $$;
SET standard_conforming_strings = on;
ALTER ROLE ${ORDERS_ROLE} PASSWORD ${quotedLiteral(password)};
CREATE SCHEMA IF NOT EXISTS orders;
CREATE TABLE IF NOT EXISTS orders.orders (
  id text PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  amount numeric NOT NULL CHECK (amount > 0),
  body jsonb NOT NULL,
  accepted_zone text NOT NULL,
  replays integer NOT NULL DEFAULT 0,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT USAGE ON SCHEMA orders TO ${ORDERS_ROLE};
GRANT SELECT, INSERT, UPDATE ON orders.orders TO ${ORDERS_ROLE};
`;
