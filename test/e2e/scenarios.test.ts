import { join } from 'node:path';
import { projectFolder } from '../../lib/cli/project-folder';
import { readResults } from '../../lib/lab/scenarios/results';
import { difference, takeCensus } from '../lab/census';
import { describeOnPostgres } from '../lab/requirements';
import { evac } from './command-line';

const name = 'e2e-scenarios';
/** Processes count when they are the lab's or the CLI's: others on the machine come and go. */
const ours = new RegExp(
  process.env['CI'] === undefined ? name : `^(?!process )|${name}|bin/evac\\.ts|postgres|ministack`,
);

describe('the table of faults, from the command line', () => {
  test('lists its rows with what must happen in each, and starts nothing', async () => {
    const listed = await evac(['scenarios', '--list'], { lab: name });
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(/^zone-killed +az-a killed → failover to az-b, 0 lost$/m);
    expect(listed.stdout.trim().split('\n').length).toBeGreaterThan(25);
    const one = await evac(['scenarios', 'flapping', '--list'], { lab: name });
    expect(one.stdout.trim().split('\n')).toHaveLength(1);
  }, 60_000);

  test('a row that nobody knows is a usage error that names those there are', async () => {
    const ended = await evac(['scenarios', 'zone-eaten'], { lab: name });
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /no row is called zone-eaten; the rows are zone-killed, .*flapping/,
      ) as unknown,
    });
  }, 60_000);
});

describeOnPostgres('a row of the table of faults', () => {
  test('is played in a lab of its own, measured, written down, and leaves nothing', async () => {
    const before = takeCensus(ours);
    const ended = await evac(['scenarios', 'one-witness-lost', '--json'], { lab: name, timeoutMs: 400_000 });
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    const wanted = {
      name: 'one-witness-lost',
      passed: true,
      lost: 0,
      two_writer_ms: 0,
      failovers: 0,
      why: null,
    };
    expect(JSON.parse(ended.stdout)).toMatchObject({ scenarios: [wanted] });
    const onFile = readResults(join(projectFolder, 'reports/scenarios.json'));
    expect(onFile.find((result) => result.name === wanted.name)).toMatchObject(wanted);
    expect(difference(before, takeCensus(ours)).left).toEqual([]);
  }, 420_000);
});
