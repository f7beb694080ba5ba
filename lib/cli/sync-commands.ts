import type { Command } from 'commander';
import { Option } from 'commander';
import { SOURCE_NAME } from '../domain/sync/source';
import { Store } from '../domain/topology';
import type { Connection } from './connection';
import type { Output } from './output';
import type { SyncStatusOptions, SyncWaitOptions } from './sync';
import { syncStatus, syncWait } from './sync';

/** How a command gets its shared options and its connection. */
export interface CommandFrame {
  readonly addShared: (command: Command) => Command;
  readonly withConnection: (
    shared: { readonly config: string },
    act: (connection: Connection) => Promise<void>,
  ) => Promise<void>;
}

interface Shared {
  readonly config: string;
}

const sourceOption = (): Option =>
  new Option('--source <sources...>', 'these alone; default: all').choices([
    ...new Set(Object.values(Store).flatMap((store) => [SOURCE_NAME[store], store])),
  ]);

const DEFAULT_WAIT_SECONDS = 300;

/** `evac sync …` */
export const addSync = (program: Command, output: Output, frame: CommandFrame): void => {
  const { addShared, withConnection } = frame;
  const sync = program
    .command('sync')
    .description('how far each copy is behind its writer, and who keeps it');
  addShared(sync.command('status').description('lag, throughput and errors of every source'))
    .option('--history <pages>', 'with the samples of so many ten seconds', Number)
    .action((options: Shared & SyncStatusOptions) =>
      withConnection(options, (connection) => syncStatus(connection, output, options)),
    );
  addShared(sync.command('wait').description('until the sources are in sync'))
    .addOption(sourceOption())
    .option('--timeout-seconds <n>', 'how long at most', Number, DEFAULT_WAIT_SECONDS)
    .action((options: Shared & SyncWaitOptions) =>
      withConnection(options, (connection) => syncWait(connection, output, options)),
    );
};
