import type { Store } from '../topology';
import { isAsynchronous, Store as S } from '../topology';
import type { Operation } from './seat';
import { OperationMode } from './seat';

/**
 * Whether a store may leave a silent zone without a fence that was read back. One that acknowledges alone may, beside
 * PostgreSQL: no order is acknowledged without PostgreSQL's commit, whose fence holds. What the old zone's own clients write to
 * it meanwhile is stated as lost and put aside when it is back (§3b.13).
 */
export const mayGoUnfenced = (store: Store, { stores, mode }: Pick<Operation, 'stores' | 'mode'>): boolean =>
  isAsynchronous(store) && mode === OperationMode.emergency && stores.includes(S.postgres);
