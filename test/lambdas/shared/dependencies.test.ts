import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { createHostControl, createHostLook } from '../../../lambdas/shared/dependencies';
import { postgresOf } from '../../../lib/domain/topology';
import type { HostAddress, PostgresComponent } from '../../../lib/domain/topology';
import { topologyWith } from '../../domain/decision/world';
import { rejectionOf } from '../ports';

const ssm = mockClient(SSMClient);
const bySsm = { up: true, engine: 'stopped', epoch: 3 };
const byAgent = { up: true, engine: 'running', epoch: 4 };

/** A host agent that answers every path with what it was asked. */
const startAgent = async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end(JSON.stringify(request.url === '/rejoin' ? { how: 'already' } : byAgent));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, port: (server.address() as AddressInfo).port, close: () => server.close() };
};

const order = { epoch: 5, upstreamHost: '10.0.2.10', upstreamPort: 5432, standbyName: 'az-a-e5' };

const componentWith = (hosts: Readonly<Record<string, HostAddress>>, port: number): PostgresComponent => {
  const component = postgresOf(topologyWith());
  if (component === undefined) throw new Error('the tests have PostgreSQL');
  const here = { host: '127.0.0.1', port };
  return { ...component, hosts, endpoints: { 'az-a': here, 'az-b': here } };
};

describe('hosts of both kinds', () => {
  let agent: Awaited<ReturnType<typeof startAgent>>;
  let hosts: Readonly<Record<string, HostAddress>>;
  beforeEach(async () => {
    ssm.reset();
    ssm.on(SendCommandCommand).resolves({ Command: { CommandId: 'c' } });
    ssm.on(GetCommandInvocationCommand).resolves({
      Status: 'Success',
      StandardOutputContent: JSON.stringify(bySsm),
    });
    agent = await startAgent();
    hosts = {
      'az-a': { kind: 'ssm', instanceId: 'i-0aa1' },
      'az-b': { kind: 'agent', host: '127.0.0.1', port: agent.port },
    };
  });
  afterEach(() => agent.close());

  it('are controlled each in its own way', async () => {
    const control = createHostControl(hosts);
    expect(await control.status('az-a', 5_000)).toEqual(bySsm);
    await control.stop('az-a', { epoch: 5 }, 5_000);
    expect(agent.asked).toEqual([]);
    expect(await control.status('az-b', 5_000)).toEqual(byAgent);
    await control.stop('az-b', { epoch: 5 }, 5_000);
    expect(await control.rejoin('az-b', order, 5_000)).toEqual({ how: 'already' });
    expect(agent.asked).toEqual(['GET /status', 'POST /stop', 'POST /rejoin']);
    expect(ssm.commandCalls(SendCommandCommand)).toHaveLength(2);
  });

  it('are looked at without SSM: an instance by its network, an agent by asking it', async () => {
    const look = createHostLook(componentWith(hosts, agent.port), createHostControl(hosts));
    expect(await look.probe('az-a', 5_000)).toMatchObject({ state: 'ok', reason: null });
    expect(await look.probe('az-b', 5_000)).toMatchObject({ state: 'ok', reason: 'engine running' });
    expect(ssm.calls()).toHaveLength(0);
    expect(look.component).toBe('host');
    await look.close();
  });

  it('that are not configured are refused', async () => {
    const { name, message } = await rejectionOf(createHostControl(hosts).status('az-c', 5_000));
    expect(name).toBe('InvalidConfiguration');
    expect(message).toMatch(/no host agent in az-c; there is one in az-a, az-b/);
  });
});
