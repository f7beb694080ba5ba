import { claimFailover } from '../../lambdas/claim-failover/claim-failover';
import { actOnDecision } from '../../lambdas/probe-zone/act-on-decision';
import { explain } from '../../lib/cli/explain';
import { exitCodeOf } from '../../lib/cli/exit-code';
import { policyVersion } from '../../lib/config/policy-version';
import { decide } from '../../lib/domain/decision/decide';
import type { Topology } from '../../lib/domain/topology';
import { witnessesOf } from '../../lib/domain/topology';
import type { StateStore } from '../../lib/ports/state-store';
import { createMemoryStore } from '../../lib/state/memory-store';
import type { Item } from '../../lib/state/parse-item';
import { NOW_MS, snapshotOf, topologyWith, ZONE_LOSS_GRID, CALM_GRID } from '../domain/decision/world';
import type { World } from '../lambdas/ports';
import { createWorld, keepLooking, putGrid, rejectionOf } from '../lambdas/ports';
import { recordedOutput } from './recorded-output';

/** The table of a world, read and written by a deployment with this policy. */
const deployedOn = (world: World, topology: Topology): StateStore =>
  createMemoryStore({
    workload: 'orders',
    witnesses: witnessesOf(topology),
    items: world.items,
    nowMs: () => NOW_MS,
    policy: { version: policyVersion(topology), topology },
  });

const reachOf = (store: StateStore, topology: Topology = topologyWith()) => ({
  store,
  topology,
  policyVersion: policyVersion(topology),
  where: 'the test',
});

/** Witnesses saw the loss and one of them claimed epoch 8. */
const lostZone = async () => {
  const world = await createWorld();
  const topology = topologyWith();
  const store = deployedOn(world, topology);
  await putGrid(world, ZONE_LOSS_GRID);
  const snapshot = {
    ...snapshotOf(ZONE_LOSS_GRID),
    seat: await world.seatNow(),
    policyVersion: policyVersion(topology),
    decidedBy: 'az-c',
  };
  const ports = { ...world.ports, store, topology, policyVersion: policyVersion(topology) };
  await actOnDecision(ports, { last: '' }, snapshot, decide(snapshot));
  return { world, store, ports };
};

const explained = async (reach: ReturnType<typeof reachOf>, options: Parameters<typeof explain>[2] = {}) => {
  const { output, results } = recordedOutput();
  await explain(reach, output, options);
  return results.join('\n');
};

const edited = (items: Map<string, Item>, key: string, from: string, to: string): void => {
  const item = items.get(key);
  const text = String(item?.['record']);
  if (!text.includes(from)) throw new Error(`${from} is not in the record`);
  items.set(key, { ...item, record: text.replace(from, to) });
};

const CLAIM_KEY = 'decision#000000000008';

describe('evac explain', () => {
  it('shows the decision of an epoch, term by term, and that it follows from its evidence', async () => {
    const { store } = await lostZone();
    const text = await explained(reachOf(store), { epoch: '8' });
    expect(text).toContain('epoch 8, 2027-01-15T08:00:00.000Z, taken by az-c (trigger witness)');
    expect(text).toContain('rule: row 1 of 12, zone-loss');
    expect(text).toContain('confidence 100 = 40 × agreement 1');
    expect(text).toContain('postgres@az-a: failed 9 times in a row, confirmed');
    expect(text).toMatch(/re-derived from the stored evidence and policy [0-9a-f]{12}: the same decision$/);
    expect(text).not.toContain('this file is policy');
  });

  it('has the same as one JSON document', async () => {
    const { store } = await lostZone();
    const document = JSON.parse(await explained(reachOf(store), { epoch: '8', json: true })) as {
      record: { circumstances: { actor: string; trigger: string } };
      retaken: { working: { rule: { name: string } } };
      replay: unknown;
      policy: { stored: string; deployed: string };
    };
    expect(document.replay).toEqual({ outcome: 'same', differences: [] });
    expect(document.retaken.working.rule.name).toBe('zone-loss');
    expect(document.record.circumstances).toMatchObject({ actor: 'az-c', trigger: 'witness' });
    expect(document.policy.stored).toBe(document.policy.deployed);
  });

  it('takes the newest when no epoch is named', async () => {
    const { store, ports, world } = await lostZone();
    const seat = await world.seatNow();
    const held = { ...snapshotOf(ZONE_LOSS_GRID), seat, policyVersion: ports.policyVersion };
    await actOnDecision(ports, { last: '' }, held, decide(held));
    const text = await explained(reachOf(store));
    expect(text).toContain('decision: hold, emergency failover from az-a to az-b, scenario zone-loss');
    expect(text).toContain('[busy]');
    expect(text).toContain('the same decision');
  });

  it('shows a person’s refused request, with who asked', async () => {
    const world = await createWorld({ seat: { cooldownUntilMs: NOW_MS + 900_000 } });
    await putGrid(world, CALM_GRID);
    keepLooking(world, CALM_GRID);
    const topology = topologyWith();
    const store = deployedOn(world, topology);
    const ports = { ...world.ports, store, topology, policyVersion: policyVersion(topology) };
    const request = { to: 'az-b', mode: 'planned', reason: 'maintenance', requestedBy: 'sam' };
    await rejectionOf(claimFailover({ request, execution: 'by-hand' }, ports));
    const text = await explained(reachOf(store), { epoch: '7' });
    expect(text).toContain('taken by sam (trigger human)');
    expect(text).toContain('asked for: planned failover to az-b, "maintenance"');
    expect(text).toMatch(/\[cooldown\] .* the cooldown has [\d.]+ s left/);
    expect(text).toContain('the same decision');
  });

  it.each([
    ['the confidence', '"confidence":100', '"confidence":99', 'confidence: stored 99, derived 100'],
    [
      'what a witness saw',
      '"confirmed":true',
      '"confirmed":false',
      'kind: stored "failover", derived "hold"',
    ],
    ['the seat of then', '"eligible":"az-b"', '"eligible":null', 'kind: stored "failover", derived "refuse"'],
  ])('fails and shows both sides when somebody changed %s', async (_what, from, to, told) => {
    const { world, store } = await lostZone();
    edited(world.items, CLAIM_KEY, from, to);
    const { output, results } = recordedOutput();
    const failed = await rejectionOf(explain(reachOf(store), output, { epoch: '8' }));
    expect([failed.name, exitCodeOf(failed.name)]).toEqual(['NotReplayable', 1]);
    expect(failed.message).toContain(told);
    expect(results.join('\n')).toContain('NOT the same decision');
  });

  it('re-derives with the policy of then when another is deployed now, and says so', async () => {
    const { store } = await lostZone();
    const now = topologyWith({ automatic: 'off', minimumConfidence: 99 });
    const text = await explained(reachOf(store, now), { epoch: '8' });
    expect(text).toContain(
      `decided under policy ${policyVersion(topologyWith())}; this file is policy ${policyVersion(now)}`,
    );
    expect(text).toContain('the same decision');
  });

  it('takes the file at hand when it is the policy of then and was not kept', async () => {
    const { world, store } = await lostZone();
    world.items.delete(`policy#${policyVersion(topologyWith())}`);
    expect(await explained(reachOf(store), { epoch: '8' })).toContain('the same decision');
  });

  it('says what it cannot re-derive: a policy that nobody kept', async () => {
    const { world, store } = await lostZone();
    world.items.delete(`policy#${policyVersion(topologyWith())}`);
    const text = await explained(reachOf(store, topologyWith({ automatic: 'off' })), { epoch: '8' });
    expect(text).toMatch(/cannot be re-derived: policy [0-9a-f]{12} is not kept in the state table$/);
    expect(text).toContain('decision: failover');
  });

  it('says what it cannot re-derive: an item of before', async () => {
    const { world, store } = await lostZone();
    const item = world.items.get(CLAIM_KEY);
    const { circumstances, ...old } = JSON.parse(String(item?.['record'])) as Record<string, unknown>;
    expect(circumstances).toBeDefined();
    world.items.set(CLAIM_KEY, { ...item, record: JSON.stringify(old) });
    const text = await explained(reachOf(store), { epoch: '8' });
    expect(text).toContain('by whom is not on record');
    expect(text).toMatch(/cannot be re-derived: recorded before Evac kept the seat and the ages/);
  });

  it('does not trust a kept policy that is not what its name says', async () => {
    const { world, store } = await lostZone();
    const key = `policy#${policyVersion(topologyWith())}`;
    const other = JSON.stringify(topologyWith({ minimumConfidence: 1 }));
    world.items.set(key, { ...world.items.get(key), topology: other });
    const failed = await rejectionOf(explain(reachOf(store), recordedOutput().output, { epoch: '8' }));
    expect(failed.name).toBe('DamagedState');
    expect(failed.message).toContain('somebody changed it');
  });

  it.each([
    ['99', 'NothingRecorded', 'the test has no decision on record for epoch 99'],
    ['eight', 'InvalidRequest', 'the epoch "eight" is no whole number'],
    ['-1', 'InvalidRequest', 'the epoch "-1" is no whole number'],
    [' ', 'InvalidRequest', 'the epoch " " is no whole number'],
  ])('names what is wrong with the epoch %j', async (epoch, name, told) => {
    const { store } = await lostZone();
    const failed = await rejectionOf(explain(reachOf(store), recordedOutput().output, { epoch }));
    expect(failed.name).toBe(name);
    expect(failed.message).toContain(told);
  });

  it('says so when nothing was ever decided', async () => {
    const world = await createWorld();
    const failed = await rejectionOf(explain(reachOf(world.ports.store), recordedOutput().output, {}));
    expect(failed.message).toContain('the test has no decision on record; those that changed nothing');
  });
});
