import { kafkaOf } from '../domain/topology';
import type { Opening } from './bring-up';
import { askKafka } from './kafka-ask/ask-kafka';
import { findJava, findKafka } from './kafka-cache';
import type { KafkaTools } from './kafka-host/kafka-host';
import { provisionKafka } from './kafka-host/provision';
import { ensureKafkaTemplate, kafkaTemplateOf } from './kafka-host/template';
import { LabNotUp } from './lab-errors';
import { describeMachine } from './machine';
import type { ServiceContext } from './zone-services';
import { brokersOf, kafkaFolderOf } from './zone-services';

const brokersMs = 60_000;

const requireKafka = (projectFolder: string) => {
  const machine = describeMachine(projectFolder);
  const [installation, java] = [findKafka(machine), findJava(machine.commandFolders)];
  if (installation === null || java === null) throw new LabNotUp('Kafka is not there; run: evac doctor');
  return { folder: installation.folder, tools: { java: java.path, jars: installation.jars } };
};

/** What a broker is run with; null: there is no Kafka in this deployment. @throws LabNotUp */
export const kafkaTools = ({ topology, projectFolder }: Opening['options']): KafkaTools | null => {
  if (kafkaOf(topology) === undefined) return null;
  const { folder, tools } = requireKafka(projectFolder);
  return { ...tools, archive: kafkaTemplateOf(folder).archive };
};

/** A folder for each broker; nothing is started. @throws LabNotUp */
export const provisionBrokers = async ({
  options,
  zones,
}: Pick<Opening, 'options' | 'zones'>): Promise<void> => {
  if (kafkaOf(options.topology) === undefined) return;
  const { folder, tools } = requireKafka(options.projectFolder);
  const template = await ensureKafkaTemplate(tools, folder);
  provisionKafka({
    folder: kafkaFolderOf(zones.layout),
    template,
    brokers: brokersOf(options.topology),
  });
};

/** Once the brokers serve. @throws CommandFailed, DeadlineExceeded */
export const createTopics = (context: ServiceContext): Promise<string> =>
  askKafka(context, 'create', brokersMs);
