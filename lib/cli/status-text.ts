import { explainReason } from '../domain/decision/explain';
import { ofStores } from '../domain/decision/of-stores';
import type { Store } from '../domain/topology';
import { isAsynchronous, STORE_LABEL } from '../domain/topology';
import type { ComponentStatus, StatusReport, ZoneStatus } from './status-report';

const shown = (value: number | string | null): string => (value === null ? 'unknown' : String(value));

const cooldownShown = (seconds: number): string => (seconds > 0 ? `   cooldown ${seconds} s left` : '');

const heldLine = (store: string, held: string | null): readonly string[] =>
  held === null ? [] : [`sync of ${store} is ${held}`];

const seatLines = ({
  seat,
  automatic,
  where,
  workload,
  traffic_balance: balance,
}: StatusReport): readonly string[] => [
  `${workload}  (${where})`,
  `writer ${seat.writer}   standby ${seat.eligible ?? 'none eligible'}   epoch ${seat.epoch}   automatic ${automatic}` +
    cooldownShown(seat.cooldown_left_seconds),
  ...Object.entries(seat.beside).map(
    ([store, { writer, eligible, cooldown_left_seconds }]) =>
      `${STORE_LABEL[store as Store]}: writer ${writer}   standby ${eligible ?? 'none eligible'}` +
      (isAsynchronous(store as Store) && eligible !== null
        ? ' (follows: its lag is what an emergency loses)'
        : '') +
      cooldownShown(cooldown_left_seconds),
  ),
  ...heldLine(STORE_LABEL.postgres, seat.held),
  ...Object.entries(seat.beside).flatMap(([store, { held }]) => heldLine(STORE_LABEL[store as Store], held)),
  ...(seat.running === null
    ? []
    : [
        `running: ${seat.running.mode} ${seat.running.kind}${ofStores(seat.running.stores)} ${seat.running.from} -> ${seat.running.to}, ` +
          `${seat.running.phase} (execution ${seat.running.execution})`,
      ]),
  ...(seat.traffic_left === null
    ? []
    : [
        'traffic was left away from the writer: a guard of a planned move said no; see "its traffic went back" in docs/runbooks.md',
      ]),
  ...(balance === null ? [] : [`traffic: ${balance}`]),
  ...(seat.drill === null ? [] : [`drill ${seat.drill.id} is declared for ${seat.drill.zone}`]),
  ...(seat.last_outcome === null
    ? []
    : [
        `last: ${seat.last_outcome.kind}${ofStores(seat.last_outcome.stores)} ${seat.last_outcome.result}, epoch ${seat.last_outcome.epoch}: ${seat.last_outcome.reason}`,
      ]),
];

const componentLine = (component: ComponentStatus): string =>
  `    ${component.component.padEnd(10)}${component.state.padEnd(10)}score ${shown(component.score).padEnd(9)}` +
  `${component.trend.padEnd(11)}${component.lag_seconds === null ? '' : `lag ${component.lag_seconds} s  `}` +
  (component.state === 'healthy' ? '' : component.reasons.join('; '));

const zoneLines = (report: StatusReport, zone: ZoneStatus): readonly string[] => {
  const weight = report.traffic_weights?.[zone.zone];
  const traffic = weight === undefined ? '' : `   traffic ${weight} %`;
  return [
    `  ${zone.zone.padEnd(10)}${zone.role.padEnd(11)}score ${shown(zone.score)}${traffic}`,
    ...zone.components.map(componentLine),
  ];
};

const shadowLines = ({ would_have: would }: StatusReport): readonly string[] => {
  if (would === null || would.operation === null) return [];
  const { mode, kind, from, to } = would.operation;
  return [
    `shadow: at ${new Date(would.at_ms).toISOString()} it would have started this, and did not: ${mode} ${kind} from ${from} to ${to}, since ${would.reason}`,
  ];
};

/** What a person reads at 3 a.m.: the seat first, then the zones, who saw it, and what Evac makes of it. */
export const statusText = (report: StatusReport): string =>
  [
    ...seatLines(report),
    '',
    ...report.zones.flatMap((zone) => zoneLines(report, zone)),
    '',
    `witnesses: ${report.witnesses.map(({ witness, fresh }) => `${witness} ${fresh ? 'fresh' : 'silent'}`).join(', ')}`,
    `decision: ${report.decision.kind} (scenario ${report.decision.scenario}, confidence ${report.decision.confidence})`,
    ...report.decision.reasons.map((reason) => `  ${explainReason(reason)}`),
    ...report.copies.map(({ sentence, ago_seconds }) => `copies, ${ago_seconds} s ago: ${sentence}`),
    ...shadowLines(report),
  ].join('\n');
