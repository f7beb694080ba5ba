import { Refused } from '../../lib/domain/errors';
import { placeOf } from '../../lib/domain/protocol/seat';
import { copyZone, syncOf } from '../../lib/domain/sync/report';
import type { SyncSample } from '../../lib/domain/sync/sample';
import { takeSample } from '../../lib/domain/sync/sample';
import type { StoreComponent } from '../../lib/domain/topology';
import { storeComponents } from '../../lib/domain/topology';
import { runTurns } from '../shared/loop';
import type { Ports } from '../shared/ports';
import { engineOf } from '../shared/store-group';

/** One page of history is one write, for ten seconds of samples. */
const PAGE_MS = 10_000;
/** The predecessor may write a few samples more before it is refused: this run begins past them. */
const TAKEOVER_ROUNDS = 50;

/** What one source's sampler remembers between two looks. */
interface Sampler {
  readonly component: StoreComponent;
  readonly runId: string;
  round: number;
  takesOver: boolean;
  before: SyncSample | null;
  /** On this process's clock, when the copy was last asked. */
  lookedMs: number | null;
  page: readonly SyncSample[];
  ended: string | null;
}

const open = async (ports: Ports, component: StoreComponent): Promise<Sampler> => {
  const [before = null] = await ports.store.readSamples([component.component]);
  return {
    component,
    runId: ports.newId(),
    round: before === null ? 0 : before.round + TAKEOVER_ROUNDS,
    takesOver: true,
    before,
    lookedMs: null,
    page: [],
    ended: null,
  };
};

/** The writer first: what the copy lacks of what was seen there, it really lacks. Null: there is no seat yet. */
const look = async (ports: Ports, sampler: Sampler): Promise<SyncSample | null> => {
  const { topology } = ports;
  const seat = await ports.store.readSeat();
  if (seat === null) return null;
  const store = sampler.component.component;
  const { writer } = placeOf(seat, store);
  const copy = copyZone(topology, writer);
  const engine = engineOf(ports, store);
  const timeoutMs = topology.policy.probeTimeoutMs * 4;
  const writerSeen = await engine.probe(writer, timeoutMs);
  const copySeen = await engine.probe(copy, timeoutMs);
  const lookedMs = ports.clock.monotonicMs();
  const elapsedMs = sampler.lookedMs === null ? null : lookedMs - sampler.lookedMs;
  sampler.lookedMs = lookedMs;
  sampler.round += 1;
  const { runId, round } = sampler;
  const nowMs = await ports.store.nowMs();
  const facts = { store, writer, copy, runId, round, nowMs, elapsedMs, writerSeen, copySeen };
  return takeSample(facts, sampler.before);
};

const keep = async (ports: Ports, sampler: Sampler, sample: SyncSample): Promise<void> => {
  const page = [...sampler.page, sample];
  const startedAtMs = page[0]?.atMs ?? sample.atMs;
  const isFull = sample.atMs - startedAtMs >= PAGE_MS;
  sampler.page = isFull ? [] : page;
  if (!isFull) return;
  const { store, runId } = sample;
  await ports.store.writeSamplePage({ store, runId, startedAtMs, samples: page });
};

const takeOne = async (ports: Ports, sampler: Sampler): Promise<void> => {
  const sample = await look(ports, sampler);
  if (sample === null) return;
  sampler.before = sample;
  await ports.store.writeSample(sample, { takesOver: sampler.takesOver });
  sampler.takesOver = false;
  await keep(ports, sampler, sample);
};

/** False: another run samples this source from now on. */
const turn = async (ports: Ports, sampler: Sampler): Promise<boolean> => {
  try {
    await takeOne(ports, sampler);
    return true;
  } catch (cause) {
    if (!(cause instanceof Refused) || cause.code !== 'superseded') throw cause;
    sampler.ended = cause.message;
    return false;
  }
};

const sampleSource = async (ports: Ports, component: StoreComponent, endMs: number): Promise<string> => {
  let sampler: Sampler | undefined;
  await runTurns(ports, { endMs, everyMs: syncOf(component).intervalMs }, async () => {
    sampler ??= await open(ports, component);
    return turn(ports, sampler);
  });
  return sampler?.ended ?? 'its time was over';
};

/**
 * Looks at every source at its own interval and writes what it saw: the newest, and pages of history. Beside the witnesses
 * and not on their way: what they decide never waits for this, nor goes by it. Runs until its successor takes over,
 * or `limitMs`.
 */
export const sampleSync = async (
  ports: Ports,
  limitMs: number,
): Promise<Readonly<Record<string, string>>> => {
  const endMs = ports.clock.monotonicMs() + limitMs;
  const ends = storeComponents(ports.topology).map(async (component) => [
    component.component,
    await sampleSource(ports, component, endMs),
  ]);
  return Object.fromEntries(await Promise.all(ends)) as Readonly<Record<string, string>>;
};
