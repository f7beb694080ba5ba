import { Metric } from '../../lib/contract/metrics';
import type { Observation, TargetObservation } from '../../lib/domain/observation';
import { ProbeState } from '../../lib/domain/observation';
import type { Seat } from '../../lib/domain/protocol/seat';
import { placeOf } from '../../lib/domain/protocol/seat';
import type { Topology } from '../../lib/domain/topology';
import { storesOf } from '../../lib/domain/topology';
import type { MetricDatum } from '../../lib/ports/metrics';

const isComponent = (topology: Topology, target: TargetObservation): boolean =>
  topology.components.some((entry) => entry.component === target.kind);

const healthOf = (topology: Topology, target: TargetObservation): readonly MetricDatum[] => {
  const dimensions = { Workload: topology.workload, Zone: target.zone, Component: target.kind };
  const lag = target.latest.replication?.lagSeconds ?? null;
  return [
    { metric: Metric.targetHealthy, value: target.consecutiveFailed > 0 ? 0 : 1, dimensions },
    ...(lag === null ? [] : [{ metric: Metric.replicationLagSeconds, value: lag, dimensions }]),
  ];
};

/** What the fresh witnesses have to tell CloudWatch; what none of them knows is not put, and a missing point is breaching. */
export const metricsOf = (
  topology: Topology,
  observations: readonly Observation[],
  seat: Seat,
): readonly MetricDatum[] => [
  ...observations
    .flatMap((observation) => observation.targets)
    .filter((target) => isComponent(topology, target) && target.latest.state !== ProbeState.unknown)
    .flatMap((target) => healthOf(topology, target)),
  {
    metric: Metric.standbyEligible,
    value: storesOf(topology).every((store) => placeOf(seat, store).eligible !== null) ? 1 : 0,
    dimensions: { Workload: topology.workload },
  },
];
