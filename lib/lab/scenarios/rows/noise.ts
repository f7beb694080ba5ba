import { availableParallelism } from 'node:os';
import { askDatabase } from '../../drill/local-database';
import { hostPlace } from '../../layout';
import { endProcess } from '../../process-identity';
import { findFaketime, setZoneClock } from '../../zone-clock';
import { whyNoFaketime } from '../faketime';
import { failoversWere, nothingLost, reasonGiven, serviceCameBack, unless } from '../expectations';
import { goHome } from '../come-home';
import { movedTo, standbyIs } from '../moves';
import { environmentOf, lambdaProcesses } from '../process-faults';
import { forgetCooldown } from '../region-table';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';
import { heldSince, reasonsOf } from '../witness-words';

const SHIFT_SECONDS = 5 * 60;

const TOLERATED_SECONDS = 5;

/** How far the clock of the zone's server is from this machine's, by its own word. */
const clockOffSeconds = async (row: Row): Promise<number> => {
  const text = 'SELECT extract(epoch FROM clock_timestamp())::float8 AS "atSeconds"';
  const question = { what: 'its clock could not be read', text };
  const [found] = await askDatabase<{ atSeconds: number }>(row.lab, row.home, question);
  return (found?.atSeconds ?? NaN) - Date.now() / 1_000;
};

/** Of the zone's own witness: a Lambda is started by the Region, not by the lab. */
const witnessIsOff = ({ lab, home }: Row): boolean => {
  const witnesses = lambdaProcesses(lab, `probe-zone-${home}`);
  return witnesses.length > 0 && witnesses.every((pid) => environmentOf(pid).includes('FAKETIME='));
};

/** Read back, as every fault is: a preloaded library that does nothing would pass for a clock that does not matter. */
const proveClock = async (row: Row, wantedSeconds: number): Promise<readonly string[]> => {
  const offSeconds = await clockOffSeconds(row);
  return [
    ...unless(
      Math.abs(offSeconds - wantedSeconds) < TOLERATED_SECONDS,
      `a clock ${wantedSeconds} s off wanted, the server of ${row.home} is ${offSeconds.toFixed(1)} s off`,
    ),
    ...unless(
      witnessIsOff(row) === (wantedSeconds !== 0),
      `the witness of ${row.home} under the same clock wanted, ${wantedSeconds} s off`,
    ),
  ];
};

/** Loses the zone, and brings it back as a standby, then home, with every process of it under another clock. */
const loseAndReturn = async (row: Row, seconds: number): Promise<readonly string[]> => {
  const { lab, home } = row;
  const library = findFaketime();
  const { layout } = lab.zones;
  await row.fault(`${home} is killed; it will return with its clock ${seconds} s off`, () =>
    lab.faults.kill(home),
  );
  await row.nextSeat('the other zone writes', (seat) => seat.writer === row.away && seat.operation === null);
  setZoneClock(layout, home, library === null || seconds === 0 ? null : { library, seconds });
  await lab.revive(home);
  row.writers.ensure();
  await standbyIs(row, home);
  await goHome(row);
  await forgetCooldown(lab);
  return proveClock(row, seconds);
};

const clocks = scenario({
  name: 'clocks-off',
  fault: 'clocks of every process of one zone ±5 min (faketime)',
  must: 'no difference',
  deadlineMs: 300_000,
  whyNot: whyNoFaketime,
  steps: async (row) => {
    try {
      return [
        ...(await loseAndReturn(row, SHIFT_SECONDS)),
        ...(await loseAndReturn(row, -SHIFT_SECONDS)),
        ...(await loseAndReturn(row, 0)),
      ];
    } finally {
      setZoneClock(row.lab.zones.layout, row.home, null);
    }
  },
  expectation: (measured, unproven) => [
    ...unproven,
    ...failoversWere(measured, 3),
    ...unless(
      measured.outcomes.filter(({ kind, result }) => kind === 'failover' && result === 'completed').length ===
        3,
      'three failovers that completed wanted, as with clocks that are right',
    ),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const NOISE_MS = 60_000;
const LOSS_PERCENT = 20;
const TIMES_THE_CORES = 4;

const packetLoss = scenario({
  name: 'packet-loss',
  fault: '20 % packet loss on all links of az-a for 60 s',
  must: '0 failovers',
  deadlineMs: 120_000,
  steps: async (row) => {
    await row.fault(`${LOSS_PERCENT} % of the packets of ${row.home} are lost`, () =>
      row.lab.faults.loss(row.home, LOSS_PERCENT),
    );
    await row.lastUntil(NOISE_MS);
    await row.fault('no packets are lost any more', () => row.lab.faults.loss(row.home, 0));
    await row.recovered();
  },
  expectation: (measured) => [
    ...failoversWere(measured, 0),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const busyMachine = scenario({
  name: 'busy-machine',
  fault: 'CPU at four times the cores for 60 s',
  must: '0 failovers',
  deadlineMs: 120_000,
  steps: async (row) => {
    const hogs = Array.from({ length: TIMES_THE_CORES * availableParallelism() }, () =>
      row.lab.processes.spawnInZone({
        place: hostPlace,
        name: 'hog',
        command: '/bin/sh',
        args: ['-c', 'while :; do :; done'],
        env: {},
      }),
    );
    row.begin(`${hogs.length} processes want a core each`);
    try {
      await row.lastUntil(NOISE_MS);
    } finally {
      await Promise.all(hogs.map((hog) => endProcess(hog)));
    }
    await row.recovered();
  },
  expectation: (measured) => [
    ...failoversWere(measured, 0),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

const FLAP_MS = 20_000;
const FLAPPING_MS = 300_000;
const HELD_MS = 6_000;

/** The zone is lost for the first half of each turn and back for the second. */
const flap = async (row: Row): Promise<void> => {
  const { faults } = row.lab;
  for (let turn = 0; turn * FLAP_MS < FLAPPING_MS; turn += 1) {
    await row.fault(`${row.home} is lost, turn ${turn + 1}`, () => faults.cut(row.home));
    await row.lastUntil(turn * FLAP_MS + FLAP_MS / 2);
    await row.fault(`${row.home} is back`, () => faults.heal(row.home));
    await row.lastUntil((turn + 1) * FLAP_MS);
  }
};

const flapping = scenario({
  name: 'flapping',
  fault: 'flapping: zone lost and back every 20 s for 5 min, cooldown 30 min; then its heir is lost, too',
  must: 'at most one automatic failover, then hold with the reason',
  deadlineMs: 480_000,
  steps: async (row) => {
    await flap(row);
    await movedTo(row, row.away);
    await standbyIs(row, row.home);
    await row.fault(`${row.away} is lost, within the cooldown`, () => row.lab.faults.cut(row.away));
    await row.lastUntil(row.sinceFaultMs() + HELD_MS);
    const reasons = reasonsOf(await heldSince(row));
    await row.fault(`${row.away} is back`, () => row.lab.faults.heal(row.away));
    await row.recovered();
    return reasons;
  },
  expectation: (measured, reasons) => [
    ...failoversWere(measured, 1),
    ...reasonGiven(reasons, 'cooldown', 'the second failover held'),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

export const CLOCKS: readonly Scenario[] = [clocks];
export const NOISE: readonly Scenario[] = [packetLoss, busyMachine];
export const FLAPPING: readonly Scenario[] = [flapping];
