import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../../lib/lab/lab';
import { askRedis } from '../../../lib/lab/drill/local-redis';
import { redisFolderOf } from '../../../lib/lab/zone-services';

it('a server that is not there: says what could not be read, and where', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-redis-'));
  const lab = { zones: { layout: { folder } } } as unknown as Lab;
  const zone = join(redisFolderOf(lab.zones.layout), 'az-a');
  mkdirSync(zone, { recursive: true });
  writeFileSync(join(zone, 'evac.password'), 'secret\n');
  const question = { what: 'the orders could not be read', prefix: 'orders:' };
  await expect(askRedis(lab, 'az-a', question)).rejects.toMatchObject({
    name: 'Unreachable',
    message: expect.stringMatching(/^the orders could not be read in az-a: /) as unknown,
  });
  rmSync(folder, { recursive: true });
});
