import { unansweredReasons, unsettledReasons } from '../../../lib/domain/decision/unsettled';
import type { Reason } from '../../../lib/domain/decision/decision';
import { opinionsOn } from '../../../lib/domain/quorum/opinion';
import { classify } from '../../../lib/domain/scenario/classify';
import type { Situation } from '../../../lib/domain/scenario/situation';
import { situationOf } from '../../../lib/domain/scenario/situation';
import { snapshotOf } from '../decision/world';
import type { Scene } from './scenes';
import { SCENES } from './scenes';

export const EVIDENCE_DOCUMENT = 'docs/evidence.md';

const HEAD = `# What Evac concludes from what it sees

Generated from the scenes of the tests (\`test/domain/scenario\`); do not edit. az-a writes, az-b is its standby, az-c and the
regional witness only look. One row for each witness, one letter for what its last rounds say of a target:

| letter | meaning                                                                   |
| ------ | ------------------------------------------------------------------------- |
| \`o\`    | answers steadily                                                          |
| \`n\`    | answers, but only since this round                                        |
| \`s\`    | answers, and the primary shows no working standby                         |
| \`F\`    | failed for three thresholds, confirmed                                    |
| \`C\`    | failed for one threshold, confirmed just now                              |
| \`f\`    | failed, not confirmed yet                                                 |
| \`T\`    | as F, by timeouts                                                         |
| \`l\`    | answers, one of its last probes was lost                                  |
| \`x\`    | timed out twice in a row                                                  |
| \`u\`    | unknown: no evidence either way                                           |
| \`.\`    | this witness does not look at that                                        |

\`silent\`: a witness whose rounds no longer change.
`;

const numbersOf = ({ numbers }: Reason): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

const reasonLine = (reason: Reason): string => `- ${reason.code}: ${reason.sentence} (${numbersOf(reason)})`;

const voteLines = (situation: Situation): readonly string[] =>
  situation.verdicts
    .filter(({ state }) => state !== 'healthy')
    .flatMap((verdict) => [
      `- ${verdict.component} in ${verdict.zone} is ${verdict.state}`,
      ...opinionsOn(situation.evidence, verdict).map(
        ({ witness, vote, pending, why }) => `  - ${witness}: ${vote}${pending ? ', pending' : ''}, ${why}`,
      ),
    ]);

const gridLines = (grid: string): readonly string[] => [
  '         pg@a api@a host@a   pg@b api@b host@b   peer@c',
  ...grid
    .split('\n')
    .flatMap((line) =>
      line.trim() === '' ? [] : [line.trim().replace(/^(\S+)\s+/, (_, name: string) => name.padEnd(9))],
    ),
];

function sceneSection({ title, grid, setting = {} }: Scene): string {
  const situation = situationOf(snapshotOf(grid, setting));
  const { name, action, match } = classify(situation);
  const after =
    setting.seat === undefined
      ? []
      : [`The seat: ${setting.seat.writer} writes, no standby is eligible.`, ''];
  const conclusion =
    match === null
      ? []
      : [
          reasonLine(match.reason),
          `- carried by ${match.supporters.join(', ')} of ${match.electorate.join(', ')}`,
        ];
  const unanswered = match === null ? unansweredReasons(situation) : [];
  const open = [...unsettledReasons(situation), ...unanswered].map(reasonLine);
  return [
    `## ${title}`,
    '',
    ...after,
    '```text',
    ...gridLines(grid),
    '```',
    '',
    `**${name}**, action: **${action}**`,
    '',
    ...[...conclusion, ...open, ...voteLines(situation)],
    '',
  ].join('\n');
}

export const evidenceDocument = (): string => [HEAD, ...SCENES.map(sceneSection)].join('\n');
