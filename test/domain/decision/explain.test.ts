import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { decide } from '../../../lib/domain/decision/decide';
import type { Verdict } from '../../../lib/domain/decision/decision';
import { explainDecision, explainVerdict } from '../../../lib/domain/decision/explain';
import { NOW_MS, ZONE_LOSS_GRID, snapshotOf } from './world';

const linesOf = (text: string): string[] => text.split('\n').slice(1);

describe('a decision for people', () => {
  it('a failover in the cooldown', () => {
    const setting = { seat: { cooldownUntilMs: NOW_MS + 90_000 } };
    expect(explainDecision(decide(snapshotOf(ZONE_LOSS_GRID, setting)))).toEqual(
      linesOf(`
decision: hold, emergency failover from az-a to az-b, scenario zone-loss, confidence 100
  [zone-loss] nothing of az-a answers az-b, az-c any more  zone=az-a component=postgres failed=2 electorate=2
  [cooldown] a failover ended a short while ago; the cooldown has 90 s left (a person may override it)  secondsLeft=90
  rests on az-b round 100, az-c round 100
  seat epoch 7, policy p1
postgres in az-a: failed, score 44 (success 77 %, answering 0 %), degrading
  votes: az-b failed, az-c failed
  - az-b failed: 9 failed rounds, confirmed (connection refused)
  - az-c failed: 9 failed rounds, confirmed (connection refused)
api in az-a: failed, score 44 (success 77 %, answering 0 %), degrading
  votes: az-b failed, az-c failed, region failed
  - az-b failed: 9 failed rounds, confirmed (connection refused)
  - az-c failed: 9 failed rounds, confirmed (connection refused)
  - region failed: 9 failed rounds, confirmed (connection refused)
postgres in az-b: healthy, score 100 (success 100 %, answering 100 %, latency 100 %), stable
  votes: az-a abstain, az-c ok
  - az-a abstain: no fresh round
  - az-c ok: answered
api in az-b: healthy, score 100 (success 100 %, answering 100 %, latency 100 %), stable
  votes: az-a abstain, az-c ok, region ok
  - az-a abstain: no fresh round
  - az-c ok: answered
  - region ok: answered`),
    );
  });

  it('a refusal, with what is not known said so', () => {
    const setting = { seat: { eligible: null } };
    const request = {
      to: 'az-b',
      mode: 'emergency',
      reason: 'az-a is on fire',
      acceptLossSeconds: 5,
    } as const;
    expect(explainDecision(assessRequest(snapshotOf(ZONE_LOSS_GRID, setting), request)).slice(0, 3)).toEqual(
      linesOf(`
decision: refused, scenario zone-loss, confidence 60
  [rpo-exceeded] up to an unknown number of seconds of postgres writes could be lost, the limit is 5: no beacon of postgres was found in az-b  component=postgres boundSeconds=unknown limitSeconds=5
  seat epoch 7, policy p1`),
    );
  });

  it('a pace, and a lag', () => {
    const verdict: Verdict = {
      component: 'postgres',
      zone: 'az-b',
      state: 'degraded',
      score: 70,
      scoreTerms: { success: 0.5 },
      trend: 'degrading',
      forecastSeconds: 12,
      votes: {},
      lagSeconds: 3,
      reasons: [],
    };
    expect(explainVerdict(verdict)).toEqual(
      linesOf(`
postgres in az-b: degraded, score 70 (success 50 %), degrading, failing in about 12 s at this pace, lag 3 s
  votes: nobody may vote`),
    );
  });

  it('a component that nobody looked at', () => {
    const silent = ['az-a', 'az-b', 'az-c', 'region'].map((witness) => `${witness} silent`).join('\n');
    expect(explainDecision(decide(snapshotOf(silent)))).toContain(
      'postgres in az-a: unknown, no score yet, unknown',
    );
  });
});
