import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstBroken } from '../../../lib/domain/protocol/clauses';
import { TRANSITIONS } from '../../../lib/domain/protocol/transitions';
import { guardedPatch } from '../../../lib/domain/protocol/walk';
import { DOCUMENT, protocolDocument, REGENERATE } from './document';
import { ALL_SAMPLES, broken, SAMPLES } from './samples';

describe('the document of the protocol', () => {
  it(`is ${DOCUMENT}; after a change of the table: ${REGENERATE}`, () => {
    expect(readFileSync(join(__dirname, '../../..', DOCUMENT), 'utf8')).toBe(protocolDocument());
  });

  it('draws a way for every row but the one that leaves the phase as it is', () => {
    const drawn = Object.keys(TRANSITIONS).filter((event) =>
      new RegExp(`-->.*: ${event}$`, 'm').test(protocolDocument()),
    );
    expect(drawn).toEqual(Object.keys(TRANSITIONS).filter((event) => event !== 'end-drill'));
  });

  it('gives every way of an open row a beginning among those of the row', () => {
    for (const { from, ways = [] } of Object.values(TRANSITIONS))
      for (const [before] of ways) expect(from).toContain(before);
  });
});

describe('the samples', () => {
  it.each(ALL_SAMPLES.map((sample) => [sample.event.type, sample.when, sample] as const))(
    'of %s (%s) hold, and each guard can be broken',
    (_type, _when, { event, seat }) => {
      const { guards } = guardedPatch(event);
      expect(firstBroken(guards, seat)).toBeUndefined();
      for (const guard of guards) expect(firstBroken([guard], broken(seat, guard))).toBe(guard);
    },
  );

  it('are there for every row', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(TRANSITIONS).sort());
  });
});
