import type { Deadline } from '../../deadline';
import { describeTopicSettings } from './cluster-calls';
import type { Connection } from './connection';

/** What decides whether an acknowledged record outlives a zone. */
export interface TopicSettings {
  /** `min.insync.replicas`; null: not a number, or not told. */
  readonly minInSync: number | null;
  /** `unclean.leader.election.enable`. */
  readonly mayLeadUnclean: boolean;
}

const names = { minInSync: 'min.insync.replicas', unclean: 'unclean.leader.election.enable' } as const;

/** Fewer, and one broker alone could acknowledge what dies with it. */
export const leastInSync = 2;

export const settingNames = names;

/** By topic. */
export async function readTopicSettings(
  connection: Connection,
  topics: readonly string[],
  deadline: Deadline,
): Promise<ReadonlyMap<string, TopicSettings>> {
  const told = await connection.ask(describeTopicSettings(topics, Object.values(names)), deadline);
  return new Map(
    [...told].map(([topic, settings]): [string, TopicSettings] => {
      const minInSync = Number(settings.get(names.minInSync) ?? Number.NaN);
      return [
        topic,
        {
          minInSync: Number.isInteger(minInSync) ? minInSync : null,
          mayLeadUnclean: settings.get(names.unclean) !== 'false',
        },
      ];
    }),
  );
}

/** What a partition needs in its ISR to acknowledge anything, never taken for fewer than Evac demands. */
export const needsInSync = (settings: ReadonlyMap<string, TopicSettings>, topic: string): number =>
  Math.max(leastInSync, settings.get(topic)?.minInSync ?? leastInSync);
