import { BUGS } from './bugs';
import { exploreBug, exploreSpace, MAX_STORY } from './job';
import { INVARIANTS } from './invariants';
import { spacesReport, storyOf } from './report';
import { seatsSeen } from './seats';
import { SMALL_SPACES, SPACES } from './spaces';

jest.setTimeout(120_000);

describe('the shipped protocol, explored', () => {
  it.each(SMALL_SPACES)('breaks nothing: $name', async ({ name }) => {
    const found = await exploreSpace(name, true);
    expect(storyOf(found)).toBe('');
    expect(found.exhausted).toBe(true);
    expect(found.distinctStates).toBeLessThanOrEqual(found.states);
    expect(spacesReport([found], 1)).toMatchObject({ exhausted: true, violations: [], depth: found.depth });
  });

  it('came to every phase and to every end', () => {
    const seats = seatsSeen();
    const phases = new Set(seats.map(({ operation }) => operation?.phase));
    for (const phase of ['claimed', 'prepared', 'fenced', 'switching', 'switched', 'admitted', 'undoing'])
      expect(phases).toContain(phase);
    const ends = new Set(seats.map(({ lastOutcome }) => lastOutcome?.result));
    for (const end of ['completed', 'rolled-back', 'released']) expect(ends).toContain(end);
    expect(seats.some(({ writer, eligible }) => writer === 'az-b' && eligible === 'az-a')).toBe(true);
  });

  it('tells its spaces apart', () => {
    const names = [...SPACES, ...SMALL_SPACES].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a seeded bug', () => {
  it('has a name of its own, and there are at least 32', () => {
    expect(BUGS.length).toBeGreaterThanOrEqual(32);
    expect(new Set(BUGS.map(({ id }) => id)).size).toBe(BUGS.length);
  });

  it.each(BUGS)('is found: $id', async ({ id }) => {
    const found = await exploreBug(id);
    expect(Object.keys(INVARIANTS)).toContain(found.violation?.invariant);
    expect(found.violation?.story.length).toBeLessThanOrEqual(MAX_STORY);
    expect(storyOf(found).split('\n')).toHaveLength(1 + (found.violation?.story.length ?? 0));
  });
});
