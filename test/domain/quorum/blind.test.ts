import { isBlind } from '../../../lib/domain/quorum/opinion';
import type { Topology } from '../../../lib/domain/topology';
import { observationOf, topologyWith } from '../decision/world';

const FULL = topologyWith();
const away = { host: '198.18.0.9', port: 1 };

/** Only components; peers only where they are named. */
const withParts = (
  zones: readonly string[],
  peers: readonly string[],
  seenBy: readonly string[],
): Topology => ({
  ...FULL,
  components: FULL.components.map((entry) => ({
    ...entry,
    seenBy,
    endpoints: Object.fromEntries(zones.map((zone) => [zone, away])),
  })) as Topology['components'],
  peers: Object.fromEntries(peers.map((zone) => [zone, away])),
});

/** Saw the accused az-a fail and, at most, what `row` says of az-b. */
const seen = (witness: string, row = 'F F F . . . .') => observationOf(witness, row.split(' '));

describe('§3b.10: whether a witness can tell a dead zone from its own cut line', () => {
  it.each<[string, string, Topology, string, boolean]>([
    ['it sees something elsewhere', 'az-c', FULL, 'F F F o . . .', false],
    ['it sees nothing elsewhere', 'az-c', FULL, 'F F F F F F .', true],
    ['it reported nothing of elsewhere, and was to look', 'az-c', FULL, 'F F F . . . .', true],
    [
      'its own zone is not elsewhere',
      'az-b',
      withParts(['az-a', 'az-b'], [], ['az-b']),
      'F F F o o o .',
      false,
    ],
    [
      'nothing is elsewhere: no component, no peer',
      'az-b',
      withParts(['az-a'], [], ['az-b']),
      'F F F . . . .',
      false,
    ],
    ['a component is elsewhere', 'az-c', withParts(['az-a', 'az-b'], [], ['az-c']), 'F F F . . . .', true],
    [
      'a component is elsewhere, for others to see',
      'az-c',
      withParts(['az-a', 'az-b'], [], ['az-a']),
      'F F F . . . .',
      false,
    ],
    ['a peer is elsewhere', 'az-b', withParts(['az-a'], ['az-c'], ['az-b']), 'F F F . . . .', true],
    [
      'the only peers are of the accused zone and its own',
      'az-b',
      withParts(['az-a'], ['az-a', 'az-b'], ['az-b']),
      'F F F . . . .',
      false,
    ],
    [
      'the Region is not asked about peers',
      'region',
      withParts(['az-a'], ['az-c'], ['region']),
      '. F . . . . .',
      false,
    ],
    [
      'the Region is asked about components',
      'region',
      withParts(['az-a', 'az-b'], [], ['region']),
      '. F . . . . .',
      true,
    ],
  ])('%s', (...[, witness, topology, row, blind]) => {
    expect(isBlind(topology, seen(witness, row), 'az-a')).toBe(blind);
  });
});
