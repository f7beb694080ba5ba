import { Unreachable } from '../../domain/errors';
import { LOCAL_REGION } from '../emulator/emulator';

/** What `aws-cdk` 2.1148 bootstraps, as far as an emulator without IAM needs it: where assets go, and which version. */
const ASSET_BUCKET = `cdk-hnb659fds-assets-${LOCAL_REGION.accountId}-${LOCAL_REGION.region}`;
const VERSION_PARAMETER = {
  Name: '/cdk-bootstrap/hnb659fds/version',
  Value: '30',
  Type: 'String',
  Overwrite: true,
};

const call = async (what: string, url: URL, init: RequestInit): Promise<void> => {
  const answer = await fetch(url, init).catch((cause: unknown) => {
    throw new Unreachable(`the local Region at ${url.origin} did not ${what}; is the lab up?`, { cause });
  });
  const text = await answer.text();
  // A bucket that is there already, and ours, is what is wanted.
  if (answer.ok || answer.status === 409) return;
  throw new Unreachable(
    `the local Region at ${url.origin} did not ${what}: HTTP ${answer.status} ${text.slice(0, 200)}`,
  );
};

/** The two things `cdk deploy` looks for: 20 ms instead of the 7 s that `cdk bootstrap` takes. @throws Unreachable */
export async function bootstrap(endpoint: string, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  await Promise.all([
    call('make the asset bucket', new URL(ASSET_BUCKET, endpoint), { method: 'PUT', signal }),
    call('store the bootstrap version', new URL(endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.PutParameter' },
      body: JSON.stringify(VERSION_PARAMETER),
      signal,
    }),
  ]);
}
