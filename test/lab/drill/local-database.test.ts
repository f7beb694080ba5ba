import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../../lib/lab/lab';
import { askDatabase } from '../../../lib/lab/drill/local-database';
import { postgresFolderOf } from '../../../lib/lab/zone-services';
import { topologyWith } from '../../domain/decision/world';

describe('a question to a server of the lab', () => {
  it('that is not there says what could not be read, and where', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evt-database-'));
    const lab = { options: { topology: topologyWith() }, zones: { layout: { folder } } } as unknown as Lab;
    const postgres = postgresFolderOf(lab.zones.layout);
    mkdirSync(postgres, { recursive: true });
    writeFileSync(join(postgres, 'evac.password'), 'secret\n');
    const question = { what: 'the orders could not be read', text: 'select 1' };
    await expect(askDatabase(lab, 'az-a', question)).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringMatching(/^the orders could not be read in az-a: /) as unknown,
    });
    rmSync(folder, { recursive: true });
  });
});
