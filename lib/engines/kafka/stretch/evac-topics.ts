import type { NewTopic } from './placement-calls';

/**
 * Evac's own topics, one partition each, which move with the workload's. `epochs`: a record for each epoch that acted here,
 * kept for ever. `beacons`: one a second, of the last hour.
 */
export const evacTopics = { epochs: '__evac-epochs', beacons: '__evac-beacons' } as const;

/** What every topic needs that is to lose nothing with a zone; the workload's, too. */
export const safeTopicSettings: Readonly<Record<string, string>> = {
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
};

const hourMs = 3_600_000;

/** To be created once. `replicas`: ids of the brokers, the writer's first, the witness zone's last. */
export const newEvacTopics = (replicas: readonly number[]): readonly NewTopic[] => [
  {
    topic: evacTopics.epochs,
    replicas: [replicas],
    settings: { ...safeTopicSettings, 'cleanup.policy': 'compact' },
  },
  {
    topic: evacTopics.beacons,
    replicas: [replicas],
    settings: {
      ...safeTopicSettings,
      'cleanup.policy': 'delete',
      'retention.ms': `${hourMs}`,
      'segment.ms': `${hourMs / 6}`,
    },
  },
];
