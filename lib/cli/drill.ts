import type { Topology } from '../domain/topology';
import type { Output } from './output';
export const drillCommand = async (_t: Topology, _o: unknown, _out: Output): Promise<void> => undefined;
