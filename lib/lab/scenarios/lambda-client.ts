import { LambdaClient } from '@aws-sdk/client-lambda';
import { localClientOptions } from '../deploy/local-client';
import { requireLocalEndpoint } from '../deploy/local-endpoint';
import type { Lab } from '../lab';

export const withLambdaClient = async <T>(
  lab: Lab,
  act: (client: LambdaClient) => Promise<T>,
): Promise<T> => {
  const client = new LambdaClient(localClientOptions(requireLocalEndpoint(lab.file()?.endpoint)));
  try {
    return await act(client);
  } finally {
    client.destroy();
  }
};
