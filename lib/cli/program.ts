import { Command, CommanderError, Option } from 'commander';
import { loadTopology } from '../config/load-topology';
import type { Topology } from '../domain/topology';
import { Store } from '../domain/topology';
import { backtest } from './backtest';
import type { BacktestOptions } from './backtest';
import { connect } from './connection';
import type { Connection } from './connection';
import { doctorCommand } from './doctor';
import { drillCommand } from './drill';
import { ExitCode, exitCodeOf } from './exit-code';
import { explain } from './explain';
import { labDown, labFault, labStatus, labUp } from './lab';
import { failover, rollback } from './move';
import type { MoveOptions } from './move';
import type { Output } from './output';
import { plan } from './plan';
import type { PlanOptions } from './plan';
import { scenariosCommand } from './scenarios';
import type { ScenariosCommand } from './scenarios';
import { status } from './status';
import { addSync } from './sync-commands';
import { verify } from './verify';
import type { VerifyOptions } from './verify';

const DEFAULT_CONFIG = 'config/lab.yaml';
const DEFAULT_TIMEOUT_SECONDS = 300;

interface Shared {
  readonly config: string;
  readonly json?: boolean;
}

/** Loads the file, connects, runs, closes; a wrong file or a missing endpoint ends before any client exists. */
const withConnection = async (
  shared: Shared,
  act: (connection: Connection) => Promise<void>,
): Promise<void> => {
  const connection = await connect(loadTopology(shared.config));
  try {
    await act(connection);
  } finally {
    connection.close();
  }
};

const addShared = (command: Command): Command =>
  command
    .option('--config <file>', 'deployment file; one with target aws means AWS', DEFAULT_CONFIG)
    .option('--json', 'one JSON document on standard output');

const addMove = (command: Command): Command =>
  addShared(command)
    .option('--reason <text>', 'why; kept with the decision')
    .option('--override-cooldown', 'go on although a failover ended a short while ago')
    .option('--dry-run', 'check and show, start nothing')
    .option('--skip-verify', 'do not compare the copies first; what is on record counts all the same')
    .option('--timeout-seconds <n>', 'how long to follow it', Number, DEFAULT_TIMEOUT_SECONDS);

const addStatus = (program: Command, output: Output): void => {
  addShared(
    program.command('status').description('zones, components, scores, lag, seat, what is running'),
  ).action((options: Shared) =>
    withConnection(options, (connection) => status(connection, output, { json: options.json === true })),
  );
};

const onlyOption = (): Option =>
  new Option('--only <stores...>', 'these stores alone; API and traffic go with PostgreSQL').choices(
    Object.values(Store),
  );

const addMoves = (program: Command, output: Output): void => {
  addMove(program.command('failover').description('move the writer and the traffic to another zone'))
    .option('--to <zone>', 'the zone that takes over')
    .addOption(onlyOption())
    .option('--planned', 'both zones alive: no loss, no error for a client that retries')
    .option('--emergency', 'the writer cannot be asked')
    .option(
      '--accept-loss-seconds <n>',
      'emergency without an eligible standby: the loss you accept, on record',
      Number,
    )
    .action((options: Shared & MoveOptions) =>
      withConnection(options, (connection) => failover(connection, output, options)),
    );
  addMove(program.command('rollback').description('return to the primary zone, planned')).action(
    (options: Shared & MoveOptions) =>
      withConnection(options, (connection) => rollback(connection, output, options)),
  );
};

const addPlan = (program: Command, output: Output): void => {
  addShared(
    program.command('plan').description('what a move would do, step by step, and how long it usually takes'),
  )
    .option('--to <zone>', 'the zone that would take over')
    .addOption(onlyOption())
    .option('--emergency', 'as if the writer could not be asked; default: planned')
    .action((options: Shared & PlanOptions) =>
      withConnection(options, (connection) => plan(connection, output, options)),
    );
};

const addVerify = (program: Command, output: Output): void => {
  addShared(
    program
      .command('verify')
      .description("compares each store's copy with its writer while both are in use, to the row and key"),
  )
    .addOption(new Option('--store <stores...>', 'these alone; default: all').choices(Object.values(Store)))
    .option('--reconcile', 'make a copy that differs anew from its writer; what it had is kept')
    .option('--dry-run', 'with --reconcile: show what it would do, change nothing')
    .option('--reason <text>', 'with --reconcile: why; kept with the decision')
    .option('--timeout-seconds <n>', 'how long to follow it', Number, DEFAULT_TIMEOUT_SECONDS)
    .action((options: Shared & VerifyOptions) =>
      withConnection(options, (connection) => verify(connection, output, options)),
    );
};

const DEFAULT_BACKTEST_LIMIT = 500;

const addHistory = (program: Command, output: Output): void => {
  addShared(
    program
      .command('explain')
      .description('a recorded decision, term by term, and whether it follows from its evidence'),
  )
    .argument('[epoch]', 'the epoch it took, or was taken in; default: the newest decision')
    .action((epoch: string | undefined, options: Shared) =>
      withConnection(options, (connection) =>
        explain(connection, output, {
          json: options.json === true,
          ...(epoch === undefined ? {} : { epoch }),
        }),
      ),
    );
  addShared(
    program.command('backtest').description('what another policy would have made of what is on record'),
  )
    .option('--policy <file>', 'the deployment file to try')
    .option('--since <when>', 'only decisions since: 90m, 24h, 7d, or an instant')
    .option('--limit <n>', 'at most so many decisions, newest first', Number, DEFAULT_BACKTEST_LIMIT)
    .action((options: Shared & BacktestOptions) =>
      withConnection(options, (connection) => backtest(connection, output, options)),
    );
};

const topologyOf = (options: Shared): Topology => loadTopology(options.config);

const addLab = (program: Command, output: Output): void => {
  const lab = program.command('lab').description('three zones, real engines and a local AWS on this machine');
  addShared(lab.command('up').description('start it and deploy')).action((options: Shared) =>
    labUp(topologyOf(options), options.config, output),
  );
  addShared(lab.command('down').description('end everything it started')).action((options: Shared) =>
    labDown(topologyOf(options), output),
  );
  addShared(lab.command('status').description('what runs, and which faults are in force')).action(
    (options: Shared) => labStatus(topologyOf(options), output, { json: options.json === true }),
  );
  addShared(
    lab
      .command('fault')
      .description('kill, freeze, thaw, cut, heal a zone; cut-pair, cut-one-way two of them'),
  )
    .argument('<fault>', 'kill | freeze | thaw | cut | cut-pair | cut-one-way | heal')
    .argument('<zones...>', 'one zone, or two')
    .action((fault: string, zones: readonly string[], options: Shared) =>
      labFault(topologyOf(options), { fault, zones }, output),
    );
};

const addDrill = (program: Command, output: Output): void => {
  addShared(program.command('drill').description('lose a zone for real in the lab, and measure the recovery'))
    .addOption(
      new Option('--fault <kind>', 'how the zone is lost').choices(['kill', 'freeze', 'cut']).default('kill'),
    )
    .option('--repeat <n>', 'how many losses in one boot', Number, 1)
    .option('--keep', 'leave the lab up afterwards')
    .action((options: Shared & { fault: 'kill' | 'freeze' | 'cut'; repeat: number; keep?: boolean }) =>
      drillCommand(topologyOf(options), { ...options, configFile: options.config }, output),
    );
};

const addScenarios = (program: Command, output: Output): void => {
  addShared(
    program.command('scenarios').description('the table of faults, each with what must happen, in the lab'),
  )
    .argument('[rows...]', 'names of rows; none means all')
    .option('--list', 'the rows and what must happen in each; plays nothing')
    .option('--resume', 'leave out the rows that passed with this very code')
    .option('--keep', 'leave the lab up afterwards')
    .action((rows: readonly string[], options: Shared & Pick<ScenariosCommand, 'list' | 'resume' | 'keep'>) =>
      scenariosCommand(topologyOf(options), { ...options, rows, configFile: options.config }, output),
    );
};

const createProgram = (output: Output): Command => {
  const program = new Command('evac')
    .description('Moves a workload out of an impaired Availability Zone, safely and provably.')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => output.note(text.trimEnd()),
      writeOut: (text) => output.result(text.trimEnd()),
    });
  addStatus(program, output);
  addMoves(program, output);
  addPlan(program, output);
  addVerify(program, output);
  addSync(program, output, { addShared, withConnection });
  addHistory(program, output);
  addLab(program, output);
  addDrill(program, output);
  addScenarios(program, output);
  addShared(program.command('doctor').description('what this machine has, lacks, and how to get it')).action(
    (options: Shared) => doctorCommand(output, { json: options.json === true }),
  );
  for (const command of [...program.commands, ...program.commands.flatMap((each) => each.commands)])
    command.exitOverride().configureOutput(program.configureOutput());
  return program;
};

const isHelp = (error: CommanderError): boolean => error.exitCode === 0 || error.code === 'commander.help';

/** Runs one command line and answers its exit code; every error ends here, as one readable text. */
export const runCli = async (args: readonly string[], output: Output): Promise<ExitCode> => {
  try {
    await createProgram(output).parseAsync([...args], { from: 'user' });
    return ExitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return isHelp(error) ? ExitCode.done : ExitCode.usage;
    const known = error instanceof Error ? error : new Error(String(error));
    output.note(`${known.name}: ${known.message}`);
    return exitCodeOf(known.name);
  }
};
