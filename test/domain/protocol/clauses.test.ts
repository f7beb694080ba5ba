import type { Clause } from '../../../lib/domain/protocol/clauses';
import * as clauses from '../../../lib/domain/protocol/clauses';
import { seatWith } from '../decision/world';

const { firstBroken, holds } = clauses;

const operation = { epoch: 7, phase: 'fenced', progress: 2 };
const held = { ...seatWith(), operation };
const free = seatWith();
const drilled = { ...free, drill: { id: 'd1', zone: 'az-a', untilMs: 0 } };

describe('a clause by its name', () => {
  it.each<[Clause, yes: unknown, no: unknown, string, RegExp]>([
    [clauses.epochIs(7), free, seatWith({ epoch: 8 }), 'stale-epoch', /no longer at epoch 7; read it again/],
    [clauses.seatIsFree(), free, held, 'busy', /another operation holds the seat/],
    [clauses.operationIs(7), held, free, 'stale-epoch', /operation of epoch 7 no longer holds/],
    [clauses.operationIs(8), { operation: { epoch: 8 } }, held, 'stale-epoch', /epoch 8/],
    [clauses.phaseIn(['claimed', 'fenced']), held, free, 'wrong-phase', /not in phase claimed or fenced/],
    [
      clauses.phaseIn(['claimed']),
      { operation: { phase: 'claimed' } },
      held,
      'wrong-phase',
      /phase claimed$/,
    ],
    [clauses.writerIs('az-a'), free, seatWith({ writer: 'az-b' }), 'writer-moved', /az-a is no longer/],
    [
      clauses.writerIsNot('az-b'),
      free,
      seatWith({ writer: 'az-b' }),
      'same-zone',
      /az-b is already the writer/,
    ],
    [clauses.eligibleIs('az-b'), free, seatWith({ eligible: null }), 'not-eligible', /az-b is not a proven/],
    [clauses.eligibleIs(null), seatWith({ eligible: null }), free, 'standby-eligible', /eligible already/],
    [
      clauses.notHeld(),
      free,
      { hold: { kind: 'paused', request: 'r1' } },
      'sync-held',
      /keeps the copy away; evac sync resume/,
    ],
    [
      clauses.isHeldBy('r1'),
      { hold: { request: 'r1' } },
      { hold: { request: 'r2' } },
      'not-held',
      /the mark of r1 on the copy is not there/,
    ],
    [clauses.cooldownOver(5), { cooldownUntilMs: 5 }, { cooldownUntilMs: 6 }, 'cooldown', /has not passed/],
    [
      clauses.progressIs(2),
      held,
      { operation: { progress: 3 } },
      'moved-on',
      /made progress in the meantime/,
    ],
    [clauses.noDrill(), free, drilled, 'drill-running', /declared already; end it first/],
    [clauses.drillIs('d1'), drilled, free, 'drill-gone', /the drill d1 is not the one declared/],
  ])('%# %j', (...row) => {
    const [clause, yes, no, code, told] = row;
    expect([holds(clause, yes), holds(clause, no)]).toEqual([true, false]);
    expect(clause.refusal.code).toBe(code);
    expect(clause.refusal.sentence).toMatch(told);
  });

  it('is named as its function is', () => {
    const made = [
      clauses.epochIs(1),
      clauses.seatIsFree(),
      clauses.operationIs(1),
      clauses.phaseIn([]),
      clauses.writerIs(''),
      clauses.writerIsNot(''),
      clauses.eligibleIs(null),
      clauses.cooldownOver(1),
      clauses.progressIs(1),
      clauses.noDrill(),
      clauses.drillIs(''),
    ];
    const functions = clauses as unknown as Readonly<Record<string, unknown>>;
    for (const { name } of made) expect(typeof functions[name]).toBe('function');
    expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
  });
});

const on = (op: Clause['op'], values: Clause['values'], path = 'n'): Clause => ({
  name: 'test',
  path,
  op,
  values,
  refusal: { code: 'x', sentence: 'x' },
});

describe('a test on an attribute', () => {
  it.each<[Clause, unknown, boolean]>([
    [on('eq', [null]), { n: null }, true],
    [on('eq', [null]), {}, false],
    [on('eq', [3]), { n: '3' }, false],
    [on('ne', ['a']), { n: 'b' }, true],
    [on('ne', ['a']), { n: 'a' }, false],
    [on('ne', ['a']), {}, false],
    [on('in', ['a', 'b']), { n: 'b' }, true],
    [on('in', ['a', 'b']), { n: 'c' }, false],
    [on('in', []), { n: 'c' }, false],
    [on('le', [3]), { n: 3 }, true],
    [on('le', [3]), { n: 4 }, false],
    [on('le', [3]), { n: '1' }, false],
    [on('le', ['3']), { n: 1 }, false],
    [on('lt', [3]), { n: 2 }, true],
    [on('lt', [3]), { n: 3 }, false],
    [on('lt', [3]), { n: '1' }, false],
    [on('lt', ['3']), { n: 1 }, false],
    [on('between', [1, 3]), { n: 1 }, true],
    [on('between', [1, 3]), { n: 3 }, true],
    [on('between', [1, 3]), { n: 0 }, false],
    [on('between', [1, 3]), { n: 4 }, false],
    [on('between', [1, 3]), { n: '2' }, false],
    [on('between', ['1', 3]), { n: 2 }, false],
    [on('between', [1, '3']), { n: 2 }, false],
    [on('eq', [1], 'a.b.c'), { a: { b: { c: 1 } } }, true],
    [on('eq', [1], 'a.b'), { a: null }, false],
    [on('eq', [1], 'a.length'), { a: 'x' }, false],
    [on('eq', [1]), null, false],
    [on('eq', [1]), undefined, false],
  ])('%j on %j', (clause, item, answer) => {
    expect(holds(clause, item)).toBe(answer);
  });
});

describe('the first broken clause', () => {
  it('is the first in their order, and none when all hold', () => {
    const [yes, no] = [on('eq', [1]), on('eq', [2])];
    expect(firstBroken([yes, no, on('eq', [3])], { n: 1 })).toBe(no);
    expect(firstBroken([yes], { n: 1 })).toBeUndefined();
    expect(firstBroken([], {})).toBeUndefined();
  });
});
