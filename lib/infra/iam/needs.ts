import type { HandlerName } from '../bundling/handler-folders';

/** What a Lambda may need; each is one grant in grants.ts, which gives the permission and sets the environment. */
export type Need =
  /** The state table, by key, this workload's items only. */
  | 'state'
  /** The stores themselves: their network and their passwords. */
  | 'stores'
  /** The APIs' network alone: no store, no password. */
  | 'apis'
  /** What switches the clients' traffic; shifting includes reading. */
  | 'shift-traffic'
  | 'read-traffic'
  /** What clients' requests are like, where CloudWatch knows it. */
  | 'read-samples'
  /** The stores' hosts: stop, rewind, start (SSM; the lab's agents need no permission). */
  | 'hosts'
  | 'ask-witnesses'
  | 'start-operations'
  /** Of the copies: in the background, after a rejoin. */
  | 'start-comparisons'
  | 'stop-operations'
  | 'metrics'
  | 'ask-reconcile'
  /** Active-active: that the weights follow the zones' health. */
  | 'ask-balance'
  | 'warm-steps';

/** Every Lambda and its needs; the compiler refuses a handler without a row. */
const NEEDS = {
  'claim-failover': ['state', 'ask-witnesses'],
  'check-resources': ['state', 'stores', 'ask-witnesses'],
  'fence-writers': ['state', 'stores', 'hosts'],
  'wait-for-sync': ['state', 'stores'],
  'switch-postgres': ['state', 'stores'],
  'switch-redis': ['state', 'stores'],
  'switch-kafka': ['state', 'stores'],
  'switch-objects': ['state', 'stores'],
  'verify-health': ['state', 'stores'],
  'verify-data': ['state', 'stores'],
  'admit-writes': ['state', 'stores'],
  'shift-traffic': ['state', 'shift-traffic'],
  'guard-traffic': ['state', 'apis', 'read-samples'],
  'verify-service': ['state', 'stores', 'read-traffic'],
  'commit-failover': ['state'],
  'roll-back': ['state', 'stores', 'hosts', 'shift-traffic'],
  'record-outcome': ['state', 'metrics', 'start-comparisons'],
  'plan-rollback': ['state'],
  'degrade-standby': ['state', 'stores'],
  'claim-rebuild': ['state', 'ask-witnesses'],
  'rejoin-standby': ['state', 'stores', 'hosts'],
  'restore-sync': ['state', 'stores'],
  'verify-copies': ['state', 'stores'],
  'change-sync': ['state', 'ask-witnesses', 'start-operations'],
  'probe-zone': ['state', 'stores', 'start-operations', 'ask-reconcile', 'ask-balance', 'metrics'],
  'intake-alarm': ['state', 'ask-witnesses', 'start-operations'],
  'reconcile-seat': ['state', 'stores', 'hosts', 'shift-traffic', 'stop-operations'],
  'balance-traffic': ['state', 'ask-witnesses', 'shift-traffic'],
  'start-claimed': ['state', 'start-operations'],
  'keep-warm': ['warm-steps'],
  'sample-sync': ['state', 'stores'],
  'report-sync': ['state', 'metrics'],
} as const satisfies Readonly<Record<HandlerName, readonly Need[]>>;

export const needsOf = (handler: HandlerName): readonly Need[] => NEEDS[handler];
