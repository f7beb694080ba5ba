import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { underEpoch } from './epoch-guard';
import type { KafkaContext } from './kafka-stretch';
import { moveLeaders } from './leader-move';

/**
 * See `Engine.undoFence` and §3b.1. The fence itself stopped nothing; the leaders go back to where the seat says, whether they
 * had moved or not: nothing acknowledged depends on where they are. From the record of this epoch on, an older move is refused.
 * @throws DeadlineExceeded when `from` cannot lead, for one because its broker is gone.
 */
export const undoFence = (context: KafkaContext, from: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(context, effect, (deadline) => moveLeaders(context, from, deadline));
