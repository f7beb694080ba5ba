import type { ScenarioFigures } from '../../../lib/domain/report/report-document';
import { shortcomingsOf } from '../../../lib/domain/report/verdict-on-scenario';

const OBJECTIVES = { rto_seconds: 5, rpo_seconds: 1 };
const AT_THE_LIMIT = {
  rto_seconds: 5,
  rpo_seconds: 1,
  lost: 0,
  lost_ids: [],
  stores: [],
  needless_failovers: 0,
  acknowledged_before: 1_000,
  acknowledged_after: 200,
  late_lapses: 2,
} as unknown as ScenarioFigures;
const told = (change: Partial<ScenarioFigures>) => shortcomingsOf({ ...AT_THE_LIMIT, ...change }, OBJECTIVES);

describe('what keeps a scenario from passing', () => {
  it('is nothing at exactly the limits', () => {
    expect(told({})).toEqual([]);
    expect(told({ late_lapses: null })).toEqual([]);
  });

  it.each<[Partial<ScenarioFigures>, string]>([
    [{ rto_seconds: 5.001 }, 'RTO 5.001 s exceeds the objective of 5 s'],
    [{ rpo_seconds: 1.001 }, 'RPO 1.001 s exceeds the objective of 1 s'],
    [{ acknowledged_before: 999 }, 'only 999 orders acknowledged before the fault, 1000 needed'],
    [{ acknowledged_after: 199, late_lapses: 0 }, 'only 199 orders acknowledged after the fault, 200 needed'],
    [{ late_lapses: 3 }, '3 orders failed at first after the recovery, more than 1 % of 200'],
    [{ lost: 4, lost_ids: ['a', 'b', 'c', 'd'] }, '4 acknowledged orders are missing, the first a, b, c'],
  ])('%j', (change, sentence) => {
    expect(told(change)).toEqual([sentence]);
  });
});
