import { metricsOf } from '../../../lambdas/probe-zone/witness-metrics';
import {
  observationOf,
  OK,
  replicationWith,
  seatWith,
  topologyWith,
  withRedis,
} from '../../domain/decision/world';

const rowOf = (letters: string) => observationOf('az-c', letters.split(' '));
const values = (letters: string, seat = seatWith()) =>
  metricsOf(topologyWith(), [rowOf(letters)], seat).map(({ metric, value, dimensions }) => [
    metric,
    dimensions['Component'] ?? '-',
    dimensions['Zone'] ?? '-',
    value,
  ]);

describe('what the witnesses tell CloudWatch', () => {
  it('says 1 or 0 for each component in each zone, and whether a standby is proven', () => {
    expect(values('F o o o f o .')).toEqual([
      ['TargetHealthy', 'postgres', 'az-a', 0],
      ['TargetHealthy', 'api', 'az-a', 1],
      ['TargetHealthy', 'postgres', 'az-b', 1],
      ['TargetHealthy', 'api', 'az-b', 0],
      ['StandbyEligible', '-', '-', 1],
    ]);
  });

  it('does not put what it does not know: a missing point is breaching', () => {
    expect(values('u . . . . . .', seatWith({ eligible: null }))).toEqual([['StandbyEligible', '-', '-', 0]]);
  });

  it('calls no standby proven while one store has none', () => {
    const eligibleOf = (eligible: string | null) =>
      metricsOf(
        withRedis(topologyWith()),
        [],
        seatWith({ beside: { redis: { writer: 'az-a', eligible, cooldownUntilMs: 0 } } }),
      );
    expect([eligibleOf('az-b'), eligibleOf(null)].map(([metric]) => metric?.value)).toEqual([1, 0]);
  });

  it('puts the lag that a store told', () => {
    const seen = rowOf('. . . o . . .');
    const [standby] = seen.targets;
    if (standby === undefined) throw new Error('one target');
    const replication = replicationWith({ role: 'standby', lagSeconds: 1.5 });
    const told = { ...seen, targets: [{ ...standby, latest: { ...OK, replication } }] };
    expect(metricsOf(topologyWith(), [told], seatWith())).toContainEqual({
      metric: 'ReplicationLagSeconds',
      value: 1.5,
      dimensions: { Workload: 'orders', Zone: 'az-b', Component: 'postgres' },
    });
  });
});
