import { compareZoneWrites, heldThrough, longestGapMs } from '../../../lib/lab/scenarios/zone-writes';
import type { Ack, Answer } from '../../../lib/lab/zone-writer/ack-record';

const ack = (server: string, monoMs: number, id = `${server}-${monoMs}`): Ack => ({
  id,
  server,
  startedMonoMs: monoMs - 1,
  monoMs,
});
const from = (server: string, ...instants: readonly number[]): readonly Ack[] =>
  instants.map((monoMs) => ack(server, monoMs));
const idsOf = (...lists: readonly (readonly Ack[])[]): ReadonlySet<string> =>
  new Set(lists.flat().map(({ id }) => id));

describe('what was acknowledged inside the zones, against what survived', () => {
  const before = from('az-a', 0, 5, 10);
  const after = from('az-b', 500, 505, 510, 515, 520);

  test('all of it survived: nothing lost, one writer', () => {
    expect(compareZoneWrites([...before, ...after], idsOf(before, after))).toEqual({
      acknowledged: 8,
      byServer: { 'az-a': 3, 'az-b': 5 },
      lostIds: [],
      twoWriterMs: 0,
    });
  });

  test('late replies of writes that the new writer has are no second writer', () => {
    const flushed = from('az-a', 507, 512);
    expect(compareZoneWrites([...before, ...after, ...flushed], idsOf(before, after, flushed))).toMatchObject(
      {
        lostIds: [],
        twoWriterMs: 0,
      },
    );
  });

  test('what is missing from before the new writer began is lost, and no second writer', () => {
    expect(compareZoneWrites([...before, ...after], idsOf(after))).toMatchObject({
      lostIds: ['az-a-0', 'az-a-5', 'az-a-10'],
      twoWriterMs: 0,
    });
  });

  test('a zombie that acknowledges what the new writer lacks: the length of the overlap', () => {
    const zombie = from('az-a', 490, 503, 508, 516, 700);
    expect(compareZoneWrites([...before, ...after, ...zombie], idsOf(before, after))).toMatchObject({
      twoWriterMs: 13,
    });
  });

  test('a single such write is never nothing', () => {
    const zombie = from('az-a', 507);
    expect(compareZoneWrites([...after, ...zombie], idsOf(after))).toMatchObject({ twoWriterMs: 1 });
  });

  test('two terms of one zone with the other in between are not one long overlap', () => {
    const home = from('az-a', 5_000, 5_005);
    const lost = from('az-a', 20, 25);
    expect(compareZoneWrites([...lost, ...after, ...home], idsOf(after, home))).toMatchObject({
      lostIds: ['az-a-20', 'az-a-25'],
      twoWriterMs: 0,
    });
  });

  test('nothing acknowledged at all is an answer, too', () => {
    expect(compareZoneWrites([], new Set())).toEqual({
      acknowledged: 0,
      byServer: {},
      lostIds: [],
      twoWriterMs: 0,
    });
  });
});

describe('the longest silence of a server', () => {
  const stretch = { fromMs: 100, toMs: 200 };

  test.each([
    ['between two acknowledgements, whatever their order on file', from('az-a', 190, 110, 160, 5), 50],
    ['before the first', from('az-a', 160, 190), 60],
    ['after the last', from('az-a', 110, 120), 80],
    ['of the other server does not count', from('az-b', 110, 150), 100],
  ])('%s', (_what, acks, gapMs) => {
    expect(longestGapMs(acks, 'az-a', stretch)).toBe(gapMs);
  });
});

describe('writes over connections that were kept', () => {
  const answer = (openedMonoMs: number, monoMs: number, server = 'az-a'): Answer => ({
    ...ack(server, monoMs),
    openedMonoMs,
    outcome: 'not-acknowledged',
  });

  test('are those opened before the fault and ended after the return, of that server alone', () => {
    const kept = answer(10, 250);
    const others = [answer(10, 150), answer(110, 250), answer(10, 250, 'az-b')];
    expect(heldThrough([...others, kept], 'az-a', { fromMs: 100, toMs: 200 })).toEqual([kept]);
  });
});
