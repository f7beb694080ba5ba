import { Refused } from '../../lib/domain/errors';
import { ProbeState } from '../../lib/domain/observation';
import type { ProbeResult } from '../../lib/domain/observation';
import type { ByStore } from '../../lib/domain/protocol/seat';
import type { Store, ZoneId } from '../../lib/domain/topology';
import { Store as S } from '../../lib/domain/topology';
import type { Effect, Engine, FenceReport } from '../../lib/ports/engine';
import type { Ports } from './ports';
import { isSilent } from './silence';
import type { Detail } from './step';

/** @throws Refused when the deployment has no such store. */
export const engineOf = ({ postgres, beside }: Pick<Ports, 'postgres' | 'beside'>, store: Store): Engine => {
  const engine = store === S.postgres ? postgres : beside[store];
  if (engine === undefined)
    throw new Refused('unknown-store', `this deployment has no ${store}; deploy again with it in components`);
  return engine;
};

/** A call of each store's engine, side by side, each with its store. */
type Call<T> = (engine: Engine, store: Store) => Promise<T>;

/** The one to act on: what was said against it, before who was promoted, before who did not answer. */
const gravityOf = (cause: unknown): number => {
  if (isSilent(cause)) return 2;
  return cause instanceof Refused && cause.code === 'promoted' ? 1 : 0;
};

/**
 * Asks all of them and waits for each, so that nothing is under way any more when it answers or rejects.
 * @throws the gravest of what they reject with.
 */
export const ofEach = async <T>(
  ports: Pick<Ports, 'postgres' | 'beside'>,
  stores: readonly Store[],
  call: Call<T>,
): Promise<ByStore<T>> => {
  const settled = await Promise.allSettled(stores.map(async (store) => call(engineOf(ports, store), store)));
  const failures = settled.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
  const [gravest] = failures.sort((one, other) => gravityOf(one) - gravityOf(other));
  if (gravest !== undefined) throw gravest;
  return Object.fromEntries(
    settled.flatMap((each, index) => (each.status === 'fulfilled' ? [[stores[index], each.value]] : [])),
  );
};

/** What a step of several stores tells: PostgreSQL's as it is, the others' beside it by their names. */
export const detailOf = ({ postgres, ...others }: ByStore<Detail>): Detail => ({ ...postgres, ...others });

/** All of them answer; one that failed makes it `failed`, one that is unknown `unknown`. */
export const probeAll = async (
  ports: Pick<Ports, 'postgres' | 'beside' | 'topology'>,
  stores: readonly Store[],
  zone: ZoneId,
): Promise<ProbeState> => {
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  const seen: ByStore<ProbeResult> = await ofEach(ports, stores, (engine) => engine.probe(zone, timeoutMs));
  const states = Object.values(seen).map(({ state }) => state);
  if (states.includes(ProbeState.failed)) return ProbeState.failed;
  return states.every((state) => state === ProbeState.ok) ? ProbeState.ok : ProbeState.unknown;
};

/** Whatever is stopped here waits for no standby. @throws StaleEpoch */
export const stopByPower = async (
  ports: Pick<Ports, 'postgres' | 'beside'>,
  stores: readonly Store[],
  zone: ZoneId,
  effect: Effect,
): Promise<FenceReport> => {
  const fences: ByStore<FenceReport> = await ofEach(ports, stores, (engine) =>
    engine.fence(zone, { mode: 'emergency', standbyEligible: false }, effect),
  );
  const reports = Object.values(fences);
  const why = reports.map((report) => report.why).join('; ');
  return { kind: 'power', holds: reports.every(({ holds }) => holds), why };
};
