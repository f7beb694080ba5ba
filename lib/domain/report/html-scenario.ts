import { clientViewSvg } from './client-view-svg';
import { againstObjective, bulletList, countOf, tile, verdict } from './html-parts';
import type { Markup } from './markup';
import { markup } from './markup';
import type { DecisionStory, Objectives, ScenarioReport, StoreFigures } from './report-document';
import { seconds, timelineSvg } from './timeline-svg';

const isNone = (count: number | null) => (count === 0 ? 'passed' : 'missed');

const tiles = (
  scenario: ScenarioReport,
  { rto_seconds: rtoGoal, rpo_seconds: rpoGoal }: Objectives,
): Markup => {
  const percent = scenario.availability_percent;
  const counts = `${scenario.acknowledged_before} / ${scenario.acknowledged_after}`;
  return markup`<div class="tiles">
${tile('RTO', seconds(scenario.rto_seconds), againstObjective(scenario.rto_seconds, rtoGoal))}
${tile('RPO', seconds(scenario.rpo_seconds), againstObjective(scenario.rpo_seconds, rpoGoal))}
${tile('acknowledged before / after', counts)}
${tile('acknowledged orders lost', countOf(scenario.lost), isNone(scenario.lost))}
${tile('longest write gap', seconds(scenario.write_gap_seconds))}
${tile('needless failovers', countOf(scenario.needless_failovers), isNone(scenario.needless_failovers))}
${tile('good at the first attempt', percent === null ? 'not measured' : `${percent} %`)}
</div>`;
};

const decisionBlock = (decision: DecisionStory | null): Markup =>
  decision === null
    ? markup`<h3>What decided, and why</h3><p class="faint">No decision was recorded.</p>`
    : markup`<h3>What decided, and why</h3><p>${decision.by}: ${decision.summary}</p>
${bulletList(decision.reasons.map((reason) => markup`${reason}`))}`;

/** A store that acknowledges alone always says what it may lose, also when it lost nothing. */
const ageOf = ({ lost, rpo_seconds: rpo, limit_seconds: limit }: StoreFigures): string => {
  const parts = [
    ...(lost === 0 ? [] : [`RPO ${rpo} s`]),
    ...(limit === undefined ? [] : [`it acknowledges alone and may lose up to ${limit} s`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
};

const storesLine = ({ stores }: ScenarioReport): Markup =>
  stores.length === 0
    ? markup``
    : markup`<p>Acknowledged orders that were missing afterwards: ${stores
        .map((figures) => `${figures.store} ${figures.lost}${ageOf(figures)}`)
        .join(', ')}.</p>`;

const why = (reason: string | null): Markup =>
  reason === null ? markup`` : markup`<p class="missed">${reason}</p>`;

/** One scenario: verdict, figures, timeline of the phases, what the client saw, and what decided. */
export const scenarioSection = (
  scenario: ScenarioReport,
  index: number,
  objectives: Objectives,
): Markup => markup`<section id="s${index + 1}">
<header class="scenario"><h2>${scenario.name}</h2><span class="faint">${scenario.fault}</span>${verdict(scenario.passed)}</header>
${why(scenario.why)}
${tiles(scenario, objectives)}
${storesLine(scenario)}
<h3>Phases, seconds since the fault</h3>
${timelineSvg(scenario.phases)}
<h3>What the client saw: orders a second, acknowledged (filled) and failed attempts (outlined)</h3>
${clientViewSvg(scenario.client_view, scenario.rto_seconds)}
${decisionBlock(scenario.decision)}
</section>
`;
