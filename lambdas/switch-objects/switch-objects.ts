import { Store } from '../../lib/domain/topology';
import { switchStore } from '../shared/switch-store';

export const switchObjects = switchStore(Store.objects);
