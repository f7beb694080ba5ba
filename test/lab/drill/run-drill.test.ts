import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDrill } from '../../../lib/lab/drill/run-drill';
import type { DrillOptions } from '../../../lib/lab/drill/run-drill';
import * as zoneLoss from '../../../lib/lab/drill/zone-loss';
import { createWorld } from '../../lambdas/ports';

jest.mock('../../../lib/lab/drill/zone-loss');
const { runZoneLoss } = jest.mocked(zoneLoss);

describe('a drill that cannot go on', () => {
  const projectFolder = mkdtempSync(join(tmpdir(), 'evt-drill-'));
  afterAll(() => rmSync(projectFolder, { recursive: true }));

  it('still reports, says why it ended early, and takes its declaration back', async () => {
    runZoneLoss.mockRejectedValue(new Error('the load generator did not start'));
    const { ports } = await createWorld();
    const options = {
      lab: { options: { topology: ports.topology, projectFolder }, context: () => ({}) },
      connection: { store: ports.store },
      traffic: ports.traffic,
      fault: 'kill',
      repeat: 3,
      say: () => undefined,
    } as unknown as DrillOptions;
    const { report } = await runDrill(options);
    expect(report.notes).toEqual(['ended after 0 of 3: the load generator did not start']);
    expect(report.summary).toMatchObject({ total_scenarios: 0, successful_scenarios: 0 });
    expect((await ports.store.readSeat())?.drill).toBeNull();
  });
});
