import { join } from 'node:path';
import { clientsPlace, regionPlace } from '../layout';
import type { Lab } from '../lab';
import { labTraffic } from '../lab-traffic';
import type { LedgerTail } from '../load/ledger';
import { tailLedger } from '../load/ledger';
import { isRunning, sendSignal } from '../process-identity';
import { waitUntil } from '../wait-until';
import type { ServiceContext } from '../zone-services';
import { startService } from '../zone-services';

/** A client's retry budget: a tenth of what is under way at its peak, so that the backlog of an outage is no storm. */
const RETRIES_AT_ONCE = 12;
const DRAIN_TIMEOUT_MS = 45_000;

export interface LoadRun {
  readonly ledger: string;
  readonly tail: LedgerTail;
  /** Stops starting orders, waits for the outstanding ones, ends. */
  stop(): Promise<void>;
}

/** Orders through the public name, from the clients' zone, at a steady rate whatever happens to them. */
export const startLoad = (
  lab: Lab,
  context: ServiceContext,
  run: { readonly name: string; readonly ratePerSecond: number },
): LoadRun => {
  const traffic = labTraffic(lab.options.topology);
  const ledger = join(lab.zones.layout.folder, `${run.name}.ledger.jsonl`);
  const load = startService(context, {
    place: clientsPlace,
    name: 'load',
    args: {
      name: traffic.recordName,
      port: String(traffic.servicePort),
      dns: lab.zones.addressOf(regionPlace),
      ledger,
      rate: String(run.ratePerSecond),
      'retries-at-once': String(RETRIES_AT_ONCE),
    },
  });
  const tail = tailLedger(ledger);
  return {
    ledger,
    tail,
    stop: async () => {
      sendSignal(load.pid, 'SIGTERM');
      await waitUntil(
        { what: 'the load drains', timeoutMs: DRAIN_TIMEOUT_MS, everyMs: 20 },
        () => !isRunning(load),
      );
      tail.read();
    },
  };
};
