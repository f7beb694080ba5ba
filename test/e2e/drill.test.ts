import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillReport } from '../../lib/domain/report/report-document';
import { projectFolder } from '../../lib/cli/project-folder';
import { readLedger } from '../../lib/lab/load/ledger';
import { foldOrders } from '../../lib/domain/report/ledger-event';
import { difference, takeCensus } from '../lab/census';
import { describeOnPostgres } from '../lab/requirements';
import { evac, startEvac } from './command-line';
import { openTestLab } from './lab-under-test';
import { waitUntil } from '../../lib/lab/wait-until';

const name = 'e2e-drill';
/** Processes count when they are the lab's or the CLI's: others on the machine come and go, the tests' own tools, too. */
const ours = new RegExp(
  process.env['CI'] === undefined ? name : `^(?!process )|${name}|bin/evac\\.ts|postgres|ministack`,
);

describeOnPostgres('the drill, from nothing to nothing', () => {
  test('a zone is killed under load and the workload moves by itself, with no order lost and nothing left', async () => {
    const before = takeCensus(ours);
    const ended = await evac(['drill', '--json'], { lab: name, timeoutMs: 400_000 });
    if (ended.code !== 0)
      throw new Error(`the drill exited with ${ended.code}\n${ended.stderr}\n${ended.stdout}`);
    const report = JSON.parse(ended.stdout) as DrillReport;
    const [scenario] = report.scenarios;
    expect(report.summary).toMatchObject({
      total_scenarios: 1,
      successful_scenarios: 1,
      success_rate: 100,
      meets_sla: true,
    });
    expect(scenario).toMatchObject({
      fault: 'kill',
      lost: 0,
      rpo_seconds: 0,
      needless_failovers: 0,
      passed: true,
      why: null,
    });
    expect(scenario?.phases.map(({ at_seconds }) => at_seconds)).not.toContain(null);
    expect(difference(before, takeCensus(ours)).left).toEqual([]);
    const kept = join(projectFolder, 'reports', report.files['az-failure-1.ledger'] ?? '');
    const acknowledged = foldOrders(readLedger(kept)).filter(({ ackAtMs }) => ackAtMs !== null);
    expect(acknowledged.length).toBeGreaterThan(1_200);
    expect(readFileSync(join(projectFolder, 'reports/latest.html'), 'utf8')).toContain('az-failure-1');
  }, 420_000);

  test('Ctrl-C while it starts ends everything it had started', async () => {
    const before = takeCensus(ours);
    const lab = openTestLab(name);
    const child = startEvac(['lab', 'up'], { lab: name });
    await waitUntil({ what: 'the lab has begun', timeoutMs: 60_000, everyMs: 20 }, () => lab.file() !== null);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await ended;
    expect(difference(before, takeCensus(ours)).left).toEqual([]);
  }, 120_000);

  test('a CLI that was killed leaves a lab that lab down ends', async () => {
    const before = takeCensus(ours);
    const lab = openTestLab(name);
    const child = startEvac(['lab', 'up'], { lab: name });
    await waitUntil({ what: 'the lab has begun', timeoutMs: 60_000, everyMs: 20 }, () => lab.file() !== null);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    const down = await evac(['lab', 'down'], { lab: name });
    expect(down).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is left') as unknown });
    expect(difference(before, takeCensus(ours)).left).toEqual([]);
  }, 120_000);
});
