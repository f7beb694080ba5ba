import { backtest, isShadowed } from '../../../lib/domain/decision/backtest';
import { decide } from '../../../lib/domain/decision/decide';
import type { RecordedDecision } from '../../../lib/domain/decision/record';
import { heldRecord } from '../../../lib/domain/decision/record';
import type { Policy } from '../../../lib/domain/topology';
import type { Setting } from './world';
import { CALM_GRID, NOW_MS, snapshotOf, topologyWith, ZONE_LOSS_GRID } from './world';

const author = { trigger: 'witness', actor: 'az-c', request: null } as const;

const recorded = (grid: string, setting: Setting = {}): RecordedDecision => {
  const snapshot = snapshotOf(grid, setting);
  return heldRecord(snapshot, decide(snapshot), author);
};

const under = (policy: Partial<Policy>) => ({ topology: topologyWith(policy), version: 'p2' });

describe('a backtest', () => {
  const records = [recorded(CALM_GRID), recorded(ZONE_LOSS_GRID)];

  it('finds nothing different under the same policy by another name', () => {
    expect(backtest(records, under({}))).toEqual({ replayed: 2, same: 2, different: [], notReplayable: 0 });
  });

  it('lists what another policy would have made of it, both sides', () => {
    const { different, ...counts } = backtest(records, under({ minimumConfidence: 101 }));
    expect(counts).toEqual({ replayed: 2, same: 1, notReplayable: 0 });
    expect(different).toHaveLength(1);
    expect(different[0]?.record).toBe(records[1]);
    expect(different[0]?.now).toMatchObject({ kind: 'hold', policyVersion: 'p2' });
    expect(different[0]?.now.reasons.map(({ code }) => code)).toEqual(['zone-loss', 'low-confidence']);
  });

  it('counts what was recorded before circumstances were kept', () => {
    const { epoch, decision, evidence, voters, atMs } = recorded(CALM_GRID);
    const old = { epoch, decision, evidence, voters, atMs };
    expect(backtest([old], under({}))).toEqual({ replayed: 0, same: 0, different: [], notReplayable: 1 });
  });
});

describe('what shadow alone kept from being done', () => {
  const shadow = { automatic: 'shadow' } as const;
  it.each<[string, string, Setting, boolean]>([
    ['a zone loss in shadow', ZONE_LOSS_GRID, { policy: shadow }, true],
    ['a calm day in shadow', CALM_GRID, { policy: shadow }, false],
    ['a zone loss that is acted on', ZONE_LOSS_GRID, {}, false],
    ['a zone loss with automatic off', ZONE_LOSS_GRID, { policy: { automatic: 'off' } }, false],
    [
      'a zone loss in shadow and in the cooldown',
      ZONE_LOSS_GRID,
      { policy: shadow, seat: { cooldownUntilMs: NOW_MS + 1_000 } },
      false,
    ],
    [
      'a zone loss in shadow that is refused',
      ZONE_LOSS_GRID,
      { policy: shadow, seat: { eligible: null } },
      false,
    ],
  ])('%s', (_what, grid, setting, is) => {
    expect(isShadowed(decide(snapshotOf(grid, setting)))).toBe(is);
  });
});
