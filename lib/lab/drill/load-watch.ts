import { foldOrders, ledgerEndMs } from '../../domain/report/ledger-event';
import type { Observation } from '../../domain/report/recovery';
import { DEFAULT_CRITERION, recoveredAtMs } from '../../domain/report/recovery';
import { waitUntil } from '../wait-until';
import type { LoadRun } from './load-run';

/** @throws DeadlineExceeded when the load does not get so many orders acknowledged. */
export const waitForAcknowledged = ({ tail }: LoadRun, count: number, timeoutMs: number): Promise<void> =>
  waitUntil({ what: `${count} acknowledged orders before the fault`, timeoutMs, everyMs: 50 }, () => {
    tail.read();
    return tail.acknowledged() > count;
  });

const acknowledgedSince = ({ tail }: LoadRun, atMs: number): number =>
  tail.all().filter((event) => event.t === 'ack' && event.atMs >= atMs).length;

/** All that the ledger shows so far, as the judge of a recovery wants it; instants on the ledger's clock. */
export const observedSince = ({ tail }: LoadRun, faultAtMs: number): Observation => {
  const events = tail.all();
  const endMs = ledgerEndMs(events);
  return {
    orders: foldOrders(events),
    faultAtMs,
    observedUntilMs: endMs,
    ledgerEndMs: endMs,
    criterion: DEFAULT_CRITERION,
  };
};

/** @throws DeadlineExceeded when the public path was not seen to stay good. */
export const waitForRecovery = (
  load: LoadRun,
  wanted: { readonly faultAtMs: number; readonly acknowledged: number; readonly timeoutMs: number },
): Promise<void> =>
  waitUntil(
    { what: 'the public path stays good after the fault', timeoutMs: wanted.timeoutMs, everyMs: 100 },
    () => {
      load.tail.read();
      const isGood = recoveredAtMs(observedSince(load, wanted.faultAtMs)) !== null;
      return isGood && acknowledgedSince(load, wanted.faultAtMs) > wanted.acknowledged;
    },
  );
