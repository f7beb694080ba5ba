import { STYLE } from './html-style';
import type { Markup } from './markup';
import { markup } from './markup';
import type { DrillReport, ScenarioReport } from './report-document';
import { againstObjective, bulletList, countOf, tile, titledList, verdict } from './html-parts';
import { scenarioSection } from './html-scenario';
import { seconds } from './timeline-svg';

const summaryTiles = ({ summary, objectives, statistics }: DrillReport): Markup => {
  const allPassed = summary.successful_scenarios === summary.total_scenarios;
  const passed = `${summary.successful_scenarios} of ${summary.total_scenarios}`;
  const { rto_seconds: rtoGoal, rpo_seconds: rpoGoal } = objectives;
  return markup`<div class="tiles">
${tile('scenarios passed', passed, allPassed ? 'passed' : 'missed')}
${tile(`average RTO, objective ${rtoGoal} s`, seconds(summary.average_rto), againstObjective(summary.average_rto, rtoGoal))}
${tile(`average RPO, objective ${rpoGoal} s`, seconds(summary.average_rpo), againstObjective(summary.average_rpo, rpoGoal))}
${tile('median RTO', seconds(statistics.rto_seconds.median))}
${tile('worst RTO', seconds(statistics.rto_seconds.worst))}
${tile('objectives', summary.meets_sla ? 'kept' : 'not kept', summary.meets_sla ? 'passed' : 'missed')}
</div>`;
};

const overviewRow = (scenario: ScenarioReport, index: number): Markup => markup`<tr>
<td><a href="#s${index + 1}">${scenario.name}</a></td><td>${scenario.fault}</td>
<td class="number">${seconds(scenario.rto_seconds)}</td><td class="number">${seconds(scenario.rpo_seconds)}</td>
<td class="number">${scenario.acknowledged}</td><td class="number">${countOf(scenario.lost)}</td>
<td>${verdict(scenario.passed)}</td></tr>
`;

const overview = (
  scenarios: readonly ScenarioReport[],
): Markup => markup`<div class="scroll"><table><thead><tr>
<th>scenario</th><th>fault</th><th class="number">RTO</th><th class="number">RPO</th>
<th class="number">acknowledged</th><th class="number">lost</th><th>result</th></tr></thead>
<tbody>${scenarios.map(overviewRow)}</tbody></table></div>`;

const fileList = (files: Readonly<Record<string, string>>): Markup => {
  const lines = Object.entries(files).map(([what, path]) => markup`${what}: <code>${path}</code>`);
  return lines.length === 0 ? markup`` : markup`<h3>Files beside this report</h3>${bulletList(lines)}`;
};

const page = (
  report: DrillReport,
): Markup => markup`<title>Drill ${report.drill_date}: ${report.workload}</title>
</head><body>
<h1>Drill of ${report.workload}, ${report.drill_date}</h1>
<p class="faint">Run ${report.run_id}, started ${report.started_at}.
Every figure is measured from outside the product, by the client's ledger and the fault injector's clock.</p>
${summaryTiles(report)}
${overview(report.scenarios)}
${titledList('Recommendations', report.recommendations)}
${titledList('Notes', report.notes)}
${fileList(report.files)}
${report.scenarios.map((scenario, i) => scenarioSection(scenario, i, report.objectives))}
</body></html>
`;

/** The report as one HTML file that refers to nothing outside itself; every text in it is escaped. */
export const renderHtml = (report: DrillReport): string =>
  '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">' +
  `<meta name="viewport" content="width=device-width"><style>${STYLE}</style>\n${page(report).text}`;
