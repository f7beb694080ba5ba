import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backtest } from '../../lib/cli/backtest';
import { loadTopology } from '../../lib/config/load-topology';
import { policyVersion } from '../../lib/config/policy-version';
import { decide } from '../../lib/domain/decision/decide';
import { heldRecord } from '../../lib/domain/decision/record';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { witnessesOf } from '../../lib/domain/topology';
import { createMemoryStore } from '../../lib/state/memory-store';
import { CALM_GRID, NOW_MS, seenWithRedis, snapshotOf, ZONE_LOSS_GRID } from '../domain/decision/world';
import { rejectionOf } from '../lambdas/ports';
import { recordedOutput } from './recorded-output';

const LAB = 'config/lab.yaml';
const topology = loadTopology(LAB);
const HOUR_MS = 3_600_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evac-backtest-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The lab's file with some text replaced. */
const fileWith = (changes: Readonly<Record<string, string>>): string => {
  const text = Object.entries(changes).reduce(
    (yaml, [from, to]) => {
      if (!yaml.includes(from)) throw new Error(`${LAB} has no "${from}"`);
      return yaml.replace(from, to);
    },
    readFileSync(LAB, 'utf8'),
  );
  const file = join(folder, 'other.yaml');
  writeFileSync(file, text);
  return file;
};

const author = { trigger: 'witness', actor: 'az-c', request: null } as const;

/** Two hours ago all was well, one hour ago a zone was lost. */
const history = async () => {
  const version = policyVersion(topology);
  const store = createMemoryStore({
    workload: 'orders',
    witnesses: witnessesOf(topology),
    nowMs: () => NOW_MS,
    policy: { version, topology },
  });
  const beside = { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } };
  const at = (grid: string, nowMs: number): Snapshot => {
    const snapshot = snapshotOf(grid, { nowMs, seat: { beside } });
    const observations = snapshot.observations.map((seen) => seenWithRedis(seen));
    return { ...snapshot, observations, topology, policyVersion: version };
  };
  for (const snapshot of [at(CALM_GRID, NOW_MS - 2 * HOUR_MS), at(ZONE_LOSS_GRID, NOW_MS - HOUR_MS)])
    await store.recordDecision(heldRecord(snapshot, decide(snapshot), author));
  return { store, topology, policyVersion: version };
};

const tested = async (options: Partial<Parameters<typeof backtest>[2]>) => {
  const { output, results } = recordedOutput();
  await backtest(await history(), output, { limit: 500, ...options });
  return results.join('\n');
};

describe('evac backtest', () => {
  it('finds nothing different under the policy that was in force', async () => {
    expect(await tested({ policy: LAB })).toBe(
      `policy ${policyVersion(topology)} against 2 recorded decisions (made under ${policyVersion(topology)}): 2 the same, 0 different`,
    );
  });

  it('lists what would have come out differently, then and now', async () => {
    const file = fileWith({ 'automatic: on': 'automatic: shadow' });
    const text = await tested({ policy: file });
    expect(text).toContain('1 the same, 1 different');
    expect(text).toContain(`epoch 7, ${new Date(NOW_MS - HOUR_MS).toISOString()}`);
    expect(text).toContain('then: failover emergency failover to az-b (zone-loss: zone-loss)');
    expect(text).toContain('now:  hold emergency failover to az-b (zone-loss: zone-loss, shadow)');
    expect(text).toContain('[shadow] the policy says automatic: shadow');
  });

  it('has the same as one JSON document', async () => {
    const file = fileWith({ 'automatic: on': 'automatic: off' });
    const report = JSON.parse(await tested({ policy: file, json: true })) as {
      replayed: number;
      same: number;
      different: { epoch: number; then: { kind: string }; now: { kind: string } }[];
    };
    expect(report).toMatchObject({ replayed: 2, same: 1, not_replayable: 0, not_shown_by_a_replay: [] });
    expect(report.different).toMatchObject([{ epoch: 7, then: { kind: 'failover' }, now: { kind: 'hold' } }]);
  });

  it.each([
    ['90m', 1],
    ['30m', 0],
    ['1d', 2],
    ['2h', 2],
    [new Date(NOW_MS - 1.5 * HOUR_MS).toISOString(), 1],
  ])('looks back no further than --since %s', async (since, count) => {
    expect(await tested({ policy: LAB, since })).toContain(`against ${count} recorded decisions`);
  });

  it('looks at no more decisions than --limit, the newest first', async () => {
    const { output, results } = recordedOutput();
    await backtest(await history(), output, { policy: LAB, limit: 1 });
    expect(results[0]).toContain('against 1 recorded decisions');
  });

  it('says which changes no replay can show', async () => {
    const file = fileWith({ 'failureThreshold: 3': 'failureThreshold: 4' });
    expect(await tested({ policy: file })).toContain(
      'failureThreshold differ: witnesses would have probed otherwise, which no replay of these rounds can show',
    );
  });

  it('counts what was recorded before circumstances were kept', async () => {
    const reach = await history();
    const [record] = await reach.store.recentDecisions(1);
    if (record === undefined) throw new Error('the test expected a record');
    const { epoch, decision, evidence, voters, atMs } = record;
    await reach.store.recordDecision({ epoch, decision, evidence, voters, atMs });
    const { output, results } = recordedOutput();
    await backtest(reach, output, { policy: LAB, limit: 500 });
    expect(results[0]).toContain('1 were recorded before their circumstances were kept');
  });

  it.each([
    ['no file', {}, '--policy is missing'],
    ['no decisions at all', { policy: LAB, limit: 0 }, '--limit is not a whole number above 0'],
    ['a limit that is no number', { policy: LAB, limit: Number.NaN }, '--limit is not'],
    ['a time that is none', { policy: LAB, since: 'yesterday' }, '--since "yesterday" is neither'],
  ])('refuses %s', async (_what, options, told) => {
    const failed = await rejectionOf(tested(options));
    expect(failed.name).toBe('InvalidRequest');
    expect(failed.message).toContain(told);
  });

  it('refuses a file of another workload', async () => {
    const file = fileWith({ 'workload: orders': 'workload: bank' });
    expect((await rejectionOf(tested({ policy: file }))).message).toContain('is for workload bank');
  });

  it('refuses a file that is no configuration', async () => {
    expect((await rejectionOf(tested({ policy: 'package.json' }))).name).toBe('InvalidConfiguration');
  });
});
