import type { ZoneId } from '../../domain/topology';
import type { KafkaFiles } from './host-files';

/** Where one broker is; it is controller, too. */
export interface BrokerPlace {
  /** `node.id`, from 1. */
  readonly id: number;
  /** `broker.rack`. */
  readonly zone: ZoneId;
  readonly listen: string;
  readonly port: number;
  readonly controllerPort: number;
}

/** What a broker is run with. */
export interface KafkaTools {
  readonly java: string;
  /** Folder of Kafka's jars. */
  readonly jars: string;
  /** Classes as the JVM wants them, for a quicker start; null: there is none. */
  readonly archive: string | null;
}

/** One zone's broker, and how it is run. */
export interface KafkaHost {
  readonly files: KafkaFiles;
  readonly place: BrokerPlace;
  readonly tools: KafkaTools;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}
