import { Unreachable } from '../../domain/errors';
import { bundlesIn } from '../bring-up';
import { askKafka } from '../kafka-ask/ask-kafka';
import type { Lab } from '../lab';

const TIMEOUT_MS = 30_000;

/** The orders whose event the quorum holds, wherever its leaders are. @throws Unreachable */
export const readEventIds = async (lab: Lab, what: string): Promise<readonly string[]> => {
  const { options, processes } = lab;
  try {
    const context = { topology: options.topology, processes, bundles: bundlesIn(lab) };
    return (await askKafka(context, 'ids', TIMEOUT_MS)).split('\n').filter(Boolean);
  } catch (cause) {
    throw new Unreachable(`${what} in Kafka: ${String(cause)}`, { cause });
  }
};
