import { Store } from '../../lib/domain/topology';
import { switchStore } from '../shared/switch-store';

export const switchKafka = switchStore(Store.kafka);
