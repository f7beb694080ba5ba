import type { Store } from '../topology';
import { Store as S, STORE_LABEL } from '../topology';

/** ` of Redis`; nothing where PostgreSQL is among them: that is the writer people mean. */
export const ofStores = (stores: readonly Store[]): string =>
  stores.includes(S.postgres) ? '' : ` of ${stores.map((store) => STORE_LABEL[store]).join(' and ')}`;
