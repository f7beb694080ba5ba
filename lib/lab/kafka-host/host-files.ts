import { join } from 'node:path';

/** Where one zone's broker keeps its things. */
export interface KafkaFiles {
  readonly folder: string;
  /** Records and the cluster's own metadata. */
  readonly data: string;
  readonly config: string;
  readonly log: string;
  readonly epoch: string;
}

export const createKafkaFiles = (folder: string): KafkaFiles => ({
  folder,
  data: join(folder, 'data'),
  config: join(folder, 'server.properties'),
  log: join(folder, 'kafka.log'),
  epoch: join(folder, 'epoch'),
});
