import type { Topology } from '../domain/topology';
import { InvalidRequest } from '../domain/errors';
import type { Lab } from '../lab/lab';
import { openLab } from '../lab/lab';
import { LabNotUp } from '../lab/lab-errors';
import { labNameOf } from '../lab/lab-name';
import { whileUsing } from '../lab/lab-use';
import { isRunning } from '../lab/process-identity';
import { endOnSignals } from './interruption';
import type { Output } from './output';
import { projectFolder } from './project-folder';

export const labOf = (topology: Topology, configFile: string, output: Output): Lab =>
  openLab({
    topology,
    configFile,
    lab: labNameOf(),
    projectFolder,
    report: (line) => output.note(`  ${line}`),
  });

/** What was left by a crash is ended first; a lab that is up stays and is named. */
const clearLeftovers = async (lab: Lab, output: Output): Promise<void> => {
  if (lab.file()?.ready === true && lab.zones.isUp()) return;
  if (!lab.zones.record.exists()) return;
  output.note('  an earlier lab was not ended; ending it first');
  await lab.down();
};

interface Play {
  /** For whoever wants the same lab meanwhile. */
  readonly what: string;
  /** The lab stays up afterwards. */
  readonly isKept: boolean;
}

/** Boots what is not up, plays, and leaves the lab as it was found: a lab that was up stays up. @throws LabInUse */
export const playIn = (
  lab: Lab,
  output: Output,
  { what, isKept }: Play,
  play: () => Promise<void>,
): Promise<void> =>
  whileUsing(`${lab.zones.layout.folder}.in-use`, what, async () => {
    await clearLeftovers(lab, output);
    const wasUp = lab.file() !== null;
    await endOnSignals(lab, output, async () => {
      if (!wasUp) await lab.up();
      try {
        await play();
      } finally {
        if (!wasUp && !isKept) await lab.down();
      }
    });
  });

export const labUp = async (topology: Topology, configFile: string, output: Output): Promise<void> => {
  const lab = labOf(topology, configFile, output);
  await clearLeftovers(lab, output);
  const running = lab.file();
  if (running !== null) {
    output.result(`the lab is up already at ${running.endpoint}; npm run evac -- status looks at it`);
    return;
  }
  const file = await endOnSignals(lab, output, () => lab.up());
  output.result(
    `the lab is up at ${file.endpoint}; npm run evac -- status looks at it, npm run lab -- down ends it`,
  );
};

export const labDown = async (topology: Topology, output: Output): Promise<void> => {
  const lab = labOf(topology, '', output);
  const existed = lab.zones.record.exists();
  await lab.down();
  output.result(existed ? 'the lab is down, nothing is left' : 'there was no lab');
};

export const labStatus = async (
  topology: Topology,
  output: Output,
  options: { readonly json: boolean },
): Promise<void> => {
  const lab = labOf(topology, '', output);
  const file = lab.file();
  if (file === null || !lab.zones.isUp())
    throw new LabNotUp('the lab is not up; start it with: npm run lab -- up');
  const processes = lab.zones.record
    .resourcesOf('process')
    .map((entry) => ({ place: entry.place, name: entry.name, pid: entry.pid, running: isRunning(entry) }));
  const report = { ...file, faults: lab.faults.current(), processes };
  if (options.json) return output.result(JSON.stringify(report, null, 2));
  output.result(
    [
      `lab ${file.lab} at ${file.endpoint}${file.ready ? '' : ' (its start was interrupted; run lab down)'}`,
      ...processes.map(
        (each) => `  ${each.place.padEnd(9)}${each.name.padEnd(15)}${each.running ? each.pid : 'dead'}`,
      ),
      `faults in force: ${JSON.stringify(report.faults)}`,
    ].join('\n'),
  );
};

type Act = (lab: Lab, zones: readonly [string, string]) => unknown;

const ONE_ZONE: Readonly<Record<string, Act>> = {
  kill: (lab, [zone]) => lab.faults.kill(zone),
  freeze: (lab, [zone]) => lab.faults.freeze(zone),
  thaw: (lab, [zone]) => lab.faults.thaw(zone),
  cut: (lab, [zone]) => lab.faults.cut(zone),
  heal: (lab, [zone]) => lab.revive(zone),
};

const TWO_ZONES: Readonly<Record<string, Act>> = {
  'cut-pair': (lab, [a, b]) => lab.faults.cutPair(a, b),
  'cut-one-way': (lab, [from, to]) => lab.faults.cutOneWay(from, to),
};

/** A real fault in a lab that is up; `heal` also starts what a kill has ended. */
export const labFault = async (
  topology: Topology,
  wanted: { readonly fault: string; readonly zones: readonly string[] },
  output: Output,
): Promise<void> => {
  const { fault, zones } = wanted;
  const act = zones.length === 2 ? TWO_ZONES[fault] : ONE_ZONE[fault];
  if (act === undefined)
    throw new InvalidRequest(
      `"${fault}" of ${zones.length} zone(s) is unknown; one zone: ${Object.keys(ONE_ZONE).join(', ')}; ` +
        `two zones: ${Object.keys(TWO_ZONES).join(', ')}`,
    );
  const lab = labOf(topology, '', output);
  const [first = '', second = ''] = zones;
  await act(lab, [first, second]);
  output.result(`${fault} ${zones.join(' ')}: done`);
};
