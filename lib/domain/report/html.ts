import { clientViewSvg } from './client-view-svg';
import { STYLE } from './html-style';
import type { Markup } from './markup';
import { html } from './markup';
import type { DecisionStory, DrillReport, ScenarioReport } from './report-document';
import { seconds, timelineSvg } from './timeline-svg';

const tile = (caption: string, value: string | number, mood: 'passed' | 'missed' | 'plain' = 'plain'): Markup =>
  html`<div class="tile"><b class="${mood}">${value}</b><span>${caption}</span></div>`;

const against = (value: number | null, objective: number): 'passed' | 'missed' =>
  value !== null && value <= objective ? 'passed' : 'missed';

const countOf = (value: number | null): string | number => value ?? 'not measured';

const verdict = (passed: boolean): Markup =>
  passed ? html`<strong class="passed">passed</strong>` : html`<strong class="missed">not passed</strong>`;

const list = (items: readonly string[]): Markup => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

const titled = (title: string, items: readonly string[]): Markup =>
  items.length === 0 ? html`` : html`<h3>${title}</h3>${list(items)}`;

const summaryTiles = ({ summary, objectives, statistics }: DrillReport): Markup => html`<div class="tiles">
${tile('scenarios passed', `${summary.successful_scenarios} of ${summary.total_scenarios}`, summary.successful_scenarios === summary.total_scenarios ? 'passed' : 'missed')}
${tile(`average RTO, objective ${objectives.rto_seconds} s`, seconds(summary.average_rto), against(summary.average_rto, objectives.rto_seconds))}
${tile(`average RPO, objective ${objectives.rpo_seconds} s`, seconds(summary.average_rpo), against(summary.average_rpo, objectives.rpo_seconds))}
${tile('median RTO', seconds(statistics.rto_seconds.median))}
${tile('worst RTO', seconds(statistics.rto_seconds.worst))}
${tile('objectives', summary.meets_sla ? 'kept' : 'not kept', summary.meets_sla ? 'passed' : 'missed')}
</div>`;

const overviewRow = (scenario: ScenarioReport, index: number): Markup => html`<tr><td><a href="#s${index + 1}">${scenario.name}</a></td><td>${scenario.fault}</td>
<td class="number">${seconds(scenario.rto_seconds)}</td><td class="number">${seconds(scenario.rpo_seconds)}</td><td class="number">${scenario.acknowledged}</td>
<td class="number">${countOf(scenario.lost)}</td><td>${verdict(scenario.passed)}</td></tr>`;

const overview = (scenarios: readonly ScenarioReport[]): Markup => html`<div class="scroll"><table><thead><tr><th>scenario</th><th>fault</th>
<th class="number">RTO</th><th class="number">RPO</th><th class="number">acknowledged</th><th class="number">lost</th><th>result</th></tr></thead>
<tbody>${scenarios.map(overviewRow)}</tbody></table></div>`;

const scenarioTiles = (scenario: ScenarioReport, { objectives }: DrillReport): Markup => html`<div class="tiles">
${tile('RTO', seconds(scenario.rto_seconds), against(scenario.rto_seconds, objectives.rto_seconds))}
${tile('RPO', seconds(scenario.rpo_seconds), against(scenario.rpo_seconds, objectives.rpo_seconds))}
${tile('acknowledged before / after', `${scenario.acknowledged_before} / ${scenario.acknowledged_after}`)}
${tile('acknowledged orders lost', countOf(scenario.lost), scenario.lost === 0 ? 'passed' : 'missed')}
${tile('longest write gap', seconds(scenario.write_gap_seconds))}
${tile('needless failovers', countOf(scenario.needless_failovers), scenario.needless_failovers === 0 ? 'passed' : 'missed')}
${tile('good at first attempt', scenario.availability_percent === null ? 'not measured' : `${scenario.availability_percent} %`)}
</div>`;

const decisionBlock = (decision: DecisionStory | null): Markup =>
  decision === null
    ? html`<h3>What decided</h3><p class="faint">No decision was recorded.</p>`
    : html`<h3>What decided</h3><p>${decision.by}: ${decision.summary}</p>${list(decision.reasons)}`;

const why = ({ why: reason }: ScenarioReport): Markup =>
  reason === null ? html`` : html`<p class="missed">${reason}</p>`;

const scenarioBlock = (scenario: ScenarioReport, index: number, report: DrillReport): Markup => html`<section id="s${index + 1}">
<header class="scenario"><h2>${scenario.name}</h2><span class="faint">${scenario.fault}</span>${verdict(scenario.passed)}</header>
${why(scenario)}${scenarioTiles(scenario, report)}
<h3>Phases, seconds since the fault</h3>${timelineSvg(scenario.phases)}
<h3>What the client saw: orders a second, acknowledged (filled) and failed attempts (outlined)</h3>
${clientViewSvg(scenario.client_view, scenario.rto_seconds)}
${decisionBlock(scenario.decision)}</section>`;

const fileList = (files: Readonly<Record<string, string>>): Markup =>
  Object.keys(files).length === 0
    ? html``
    : html`<h3>Files beside this report</h3><ul>${Object.entries(files).map(([what, path]) => html`<li>${what}: <code>${path}</code></li>`)}</ul>`;

const page = (report: DrillReport): Markup => html`<title>Drill ${report.drill_date}: ${report.workload}</title>
</head><body><h1>Drill of ${report.workload}, ${report.drill_date}</h1>
<p class="faint">Run ${report.run_id}, started ${report.started_at}. Measured by the client's ledger and the fault injector's clock.</p>
${summaryTiles(report)}${overview(report.scenarios)}${titled('Recommendations', report.recommendations)}${titled('Notes', report.notes)}${fileList(report.files)}
${report.scenarios.map((scenario, i) => scenarioBlock(scenario, i, report))}</body></html>
`;

/** The report as one HTML file that refers to nothing outside itself; every text in it is escaped. */
export const renderHtml = (report: DrillReport): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<style>${STYLE}</style>${page(report).markup}`;
