import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { classify } from '../../../lib/domain/scenario/classify';
import { situationOf } from '../../../lib/domain/scenario/situation';
import type { ComponentConfig, Topology } from '../../../lib/domain/topology';
import { snapshotOf } from '../decision/world';

/** az-a times out for az-b and az-c. What else of the zone they see decides whether that may be lost packets. */
const TIMED_OUT = (api: string, host: string) => `
  az-a     silent
  az-b     T    ${api}     ${host}        o    o     o        o
  az-c     T    ${api}     ${host}        o    o     o        .
  region   .    .     .        .    o     .        .`;

const nameWith = (grid: string, change: (topology: Topology) => Topology): string => {
  const snapshot: Snapshot = snapshotOf(grid);
  return classify(situationOf({ ...snapshot, topology: change(snapshot.topology) })).name;
};

const onComponent =
  (name: ComponentConfig['component'], change: (entry: ComponentConfig) => object) =>
  (topology: Topology): Topology => ({
    ...topology,
    components: topology.components.map((entry) =>
      entry.component === name ? ({ ...entry, ...change(entry) } as ComponentConfig) : entry,
    ),
  });

const same = (topology: Topology): Topology => topology;
const noApiSeen = onComponent('api', () => ({ seenBy: ['region'] }));
const noApiInA = onComponent('api', ({ endpoints }) => ({ endpoints: { 'az-b': endpoints['az-b'] } }));
const noHosts = onComponent('postgres', () => ({ hosts: {} }));
const noHostsAtAll = onComponent('postgres', () => ({ hosts: undefined }));
const both = (topology: Topology): Topology => noApiSeen(noHosts(topology));

describe('what a witness is to look at, and did not, is not silent', () => {
  it.each<[string, string, (topology: Topology) => Topology, string]>([
    ['API and host are silent', TIMED_OUT('T', 'T'), same, 'zone-loss'],
    ['the API is missing from the round', TIMED_OUT('.', 'T'), same, 'lossy-path'],
    ['the host is missing from the round', TIMED_OUT('T', '.'), same, 'lossy-path'],
    ['the API is not for these witnesses', TIMED_OUT('.', 'T'), noApiSeen, 'zone-loss'],
    ['there is no API in the zone', TIMED_OUT('.', 'T'), noApiInA, 'zone-loss'],
    ['there is no host agent in the zone', TIMED_OUT('T', '.'), noHosts, 'zone-loss'],
    ['there are no host agents', TIMED_OUT('T', '.'), noHostsAtAll, 'zone-loss'],
    [
      'PostgreSQL is all there is to see: its own silence is the zone’s',
      TIMED_OUT('.', '.'),
      both,
      'zone-loss',
    ],
    ['the API is unknown, which is not silent', TIMED_OUT('u', 'T'), same, 'lossy-path'],
  ])('%s', (_what, grid, change, name) => {
    expect(nameWith(grid, change)).toBe(name);
  });
});

describe('something else of the accused zone is steady', () => {
  it('and what is steady in another zone proves nothing of this one', () => {
    expect(nameWith(TIMED_OUT('l', 'l'), same)).toBe('lossy-path');
    expect(nameWith(TIMED_OUT('l', 'o'), same)).toBe('postgres-primary-failure');
  });
});

describe('a partition is seen from outside by any part of the other zone', () => {
  const parted = (pg: string, api: string, host: string) => `
  az-a     o    o     o        F    F     F        o
  az-b     F    F     F        o    o     o        o
  az-c     o    o     o        ${pg}    ${api}     ${host}        .
  region   .    o     .        .    .     .        .`;

  it.each([
    ['PostgreSQL', parted('o', 'u', 'u'), 'network-partition'],
    ['its API', parted('u', 'o', 'u'), 'network-partition'],
    ['its host', parted('u', 'u', 'o'), 'network-partition'],
    ['nothing of it', parted('u', 'u', 'u'), 'none'],
  ])('%s', (_what, grid, name) => {
    expect(classify(situationOf(snapshotOf(grid))).name).toBe(name);
  });
});
