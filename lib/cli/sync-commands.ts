import type { Command } from 'commander';
import { Option } from 'commander';
import { SOURCE_NAME } from '../domain/sync/source';
import type { SyncVerb } from '../domain/sync/steps';
import { Store } from '../domain/topology';
import type { Connection } from './connection';
import type { Output } from './output';
import type { SyncStatusOptions, SyncWaitOptions } from './sync';
import { syncStatus, syncWait } from './sync';
import type { SyncChangeOptions } from './sync-change';
import { syncChange } from './sync-change';

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

const CHANGES: Readonly<Record<SyncVerb, string>> = {
  pause: 'the copies take nothing in until you resume; nothing fails over to them by itself',
  resume: 'lets paused, stopped or unfinished copies come back, and waits until they are proven',
  stop: 'ends the replication of the copies, on their hosts',
  start: 'as resume',
  'force-full': 'makes the copies from nothing, while the writer serves',
};

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
  for (const [verb, description] of Object.entries(CHANGES) as [SyncVerb, string][])
    addShared(sync.command(verb).description(description))
      .addOption(sourceOption())
      .option('--reason <text>', 'why; shown as long as the mark stands')
      .option('--dry-run', 'show, start nothing')
      .option('--timeout-seconds <n>', 'how long to follow it', Number, DEFAULT_WAIT_SECONDS)
      .action((options: Shared & SyncChangeOptions) =>
        withConnection(options, (connection) => syncChange(connection, output, { ...options, verb })),
      );
};
