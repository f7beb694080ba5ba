import type { Seat } from '../../domain/protocol/seat';
import { witnessesOf } from '../../domain/topology';
import { startWitnesses } from '../deploy/invoke';
import { isHomeAndWhole } from '../drill/drill-context';
import { everyPlace } from '../drill/places';
import { bringTraffic, returnHome } from '../drill/way-home';
import { waitUntil } from '../wait-until';
import { lambdaProcesses } from './process-faults';
import type { Row } from './scenario';

/** An operation that lost its execution is taken over after the step deadline (45 s), and a re-clone takes its time. */
const SETTLE_TIMEOUT_MS = 150_000;
const TRAFFIC_TIMEOUT_MS = 20_000;
const WITNESS_TIMEOUT_MS = 30_000;

/** A witness that was killed comes back with its schedule, within a minute; a row need not wait for that. */
const restartWitnesses = async ({ lab }: Row): Promise<void> => {
  const { topology } = lab.options;
  const silent = witnessesOf(topology).filter(
    (witness) => lambdaProcesses(lab, `probe-zone-${witness}`).length === 0,
  );
  if (silent.length === 0) return;
  const endpoint = lab.file()?.endpoint;
  await startWitnesses({ endpoint, topology, timeoutMs: WITNESS_TIMEOUT_MS }, silent);
};

const isSettledFor =
  ({ lab }: Row) =>
  (seat: Seat): boolean =>
    seat.operation === null && everyPlace(lab.options.topology, seat, ({ eligible }) => eligible !== null);

/** A busy machine's witnesses have no fresh word now and then, and a planned move needs one: it is asked for again. */
const goHomeBy = async (row: Row, deadlineMs: number): Promise<void> => {
  try {
    await returnHome(row);
  } catch (error) {
    if (performance.now() > deadlineMs) throw error;
    await row.history.fromNowUntil('the product puts itself in order', SETTLE_TIMEOUT_MS, isSettledFor(row));
    await goHomeBy(row, deadlineMs);
  }
};

/** The planned way home, asked for until it is taken. @throws what it was refused with last, after 150 s */
export const goHome = (row: Row): Promise<void> => goHomeBy(row, performance.now() + SETTLE_TIMEOUT_MS);

/**
 * Ends every fault, starts what was killed, waits until the product has put itself in order, and goes home by a planned
 * move. @throws DeadlineExceeded when it does not get there: the lab is of no use for another row then
 */
export const comeHome = async (row: Row): Promise<true> => {
  const { lab, history } = row;
  await lab.faults.healAll();
  for (const { id } of lab.options.topology.zones) await lab.revive(id);
  row.writers.ensure();
  await restartWitnesses(row);
  const settled = await history.fromNowUntil(
    'the product puts itself in order',
    SETTLE_TIMEOUT_MS,
    isSettledFor(row),
  );
  const isHome = everyPlace(lab.options.topology, settled.seat, ({ writer }) => writer === row.home);
  if (!isHome) await goHome(row);
  await bringTraffic(row);
  const wait = {
    what: 'home and whole, with the traffic there',
    timeoutMs: TRAFFIC_TIMEOUT_MS,
    everyMs: 100,
  };
  await waitUntil(wait, async () => {
    const weights = await row.traffic.current(TRAFFIC_TIMEOUT_MS);
    return weights[row.home] === 100 && (await isHomeAndWhole(row));
  });
  return true;
};
