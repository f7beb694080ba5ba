import { parseArgs } from 'node:util';
import { startDeadline } from '../../engines/deadline';
import { createClient } from '../../engines/object-store/access';
import { createBucket } from '../../engines/object-store/bucket';
import { createMinioFiles, settingsOf } from '../minio-host/host-files';
import { minioRegion } from '../minio-host/minio-host';
import { readReceipts } from '../orders/order-receipts';

const USAGE = `objects-ask --folder DIR --endpoint http://HOST:9000
Prints, a line each, how many versions of a receipt the store has, a tab, and of which order. DIR is one zone's MinIO folder as provisioned.`;

const CALL_MS = 5_000;

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { folder: { type: 'string' }, endpoint: { type: 'string' } } });
  const { folder, endpoint } = values;
  if (folder === undefined || endpoint === undefined) throw new Error(USAGE);
  const { bucket, evac: credentials } = settingsOf(createMinioFiles(folder));
  const client = createClient({ endpoint, region: minioRegion, credentials, bucket });
  const receipts = await readReceipts(createBucket(client, bucket), () => startDeadline(CALL_MS));
  client.destroy();
  process.stdout.write([...receipts].map(([id, versions]) => `${versions}\t${id}\n`).join(''));
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
