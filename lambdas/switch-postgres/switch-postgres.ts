import { Store } from '../../lib/domain/topology';
import { switchStore } from '../shared/switch-store';

export const switchPostgres = switchStore(Store.postgres);
