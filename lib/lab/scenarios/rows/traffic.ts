import { dataZones } from '../../../domain/topology';
import { differs, sharedBetween } from '../../../domain/traffic/weights';
import {
  describeOutcome,
  endedAs,
  failoversWere,
  nothingLost,
  outcomesOf,
  serviceCameBack,
  unless,
} from '../expectations';
import { causeOf, endOf, moveEnded, standbyIs, startMove } from '../moves';
import { primariesNow } from '../postgres-words';
import { holdService } from '../process-faults';
import type { Row, Scenario } from '../scenario';
import { scenario } from '../scenario';

const SHARE = 25;

const weightsNow = (row: Row) => row.traffic.current(5_000);

/** A start that is refused on a busy machine (no fresh word of the witnesses) is made again. */
const admittedBy = async (row: Row): Promise<string> => {
  for (;;) {
    const name = await startMove(row, {
      to: row.away,
      mode: 'planned',
      reason: `scenario ${row.name}`,
    });
    await row.wait('the move is claimed, or refused', async () => {
      const isClaimed = row.history.all().some(({ seat }) => seat.operation?.execution === name);
      return isClaimed || (await row.connection.workflows.describe('failover', name)).status === 'failed';
    });
    if (row.history.all().some(({ seat }) => seat.operation?.execution === name)) return name;
    row.say(`${row.name}: refused, and started again`);
  }
};

/** I7: writes were admitted, so the writer stays; the clients go back to the API that served them well. */
const guardBreached = scenario({
  name: 'guard-breached-at-25',
  fault: `a planned move's traffic goes over in steps; at ${SHARE} % the API in the new zone answers no more`,
  must: 'the traffic steps back, the writer stays, ended as failed with the reason; no failover by itself, nothing lost',
  deadlineMs: 150_000,
  steps: async (row) => {
    const zones = dataZones(row.lab.options.topology);
    const atShare = sharedBetween(zones, { from: row.home, to: row.away }, SHARE);
    const name = await admittedBy(row);
    await row.wait(
      `${SHARE} % of the traffic is in ${row.away}`,
      async () => !differs(atShare, await weightsNow(row)),
    );
    row.begin(`${SHARE} % of the traffic is in ${row.away}, and its API is stopped`);
    const api = row.hold(holdService(row.lab, row.away, 'orders'));
    const end = await endOf(row, name);
    await moveEnded(row);
    const weights = await weightsNow(row);
    await row.recovered();
    api.release();
    await standbyIs(row, row.home);
    const seat = row.history.all().at(-1)?.seat;
    return { end, weights, seat, away: row.away, home: row.home, primaries: await primariesNow(row) };
  },
  expectation: (measured, { end, weights, seat, away, home, primaries }) => [
    ...unless(
      end.status === 'failed' &&
        new RegExp(`traffic at ${SHARE} % in ${away}: .*it goes back to ${home}`).test(causeOf(end)),
      `an end that says why the traffic went back wanted, found ${end.status}: ${causeOf(end)}`,
    ),
    ...unless(weights[home] === 100, `all traffic in ${home} wanted, it was ${JSON.stringify(weights)}`),
    ...unless(
      seat?.writer === away && primaries.join() === away,
      `the one writer in ${away} wanted, the seat says ${seat?.writer}, primaries are: ${primaries.join(', ')}`,
    ),
    ...unless(
      outcomesOf(measured, 'failover').length === 1,
      `one move wanted, there were: ${outcomesOf(measured, 'failover').map(describeOutcome).join('; ')}`,
    ),
    ...endedAs(measured, 'failover', 'failed'),
    ...failoversWere(measured, 1),
    ...serviceCameBack(measured),
    ...nothingLost(measured),
  ],
});

export const TRAFFIC: readonly Scenario[] = [guardBreached];
