import {
  GetCommandInvocationCommand,
  InvalidInstanceId,
  InvocationDoesNotExist,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { createSsmHostControl } from '../../../lib/engines/ssm/ssm-host-control';
import type { HostControl } from '../../../lib/ports/host-control';

const ssm = mockClient(SSMClient);
const STATUS = { up: true, engine: 'stopped', epoch: 12 };
const ORDER = { epoch: 12, upstreamHost: '10.0.2.10', upstreamPort: 5432, standbyName: 'use1-az1-e12' };

const hosts = {
  'use1-az1': { kind: 'ssm', instanceId: 'i-0aa1' },
  'use1-az2': { kind: 'agent', host: '10.0.2.10', port: 8081 },
} as const;

const control = (): HostControl => createSsmHostControl({ hosts, client: new SSMClient({}), pollMs: 1 });

const printing = (body: unknown, exitCode = 0) => ({
  Status: exitCode === 0 ? ('Success' as const) : ('Failed' as const),
  StatusDetails: exitCode === 0 ? 'Success' : 'Failed',
  ResponseCode: exitCode,
  StandardOutputContent: `${typeof body === 'string' ? body : JSON.stringify(body)}\n`,
  StandardErrorContent: '',
});

const errorOf = async (run: Promise<unknown>): Promise<Error> => {
  const cause = await run.then(
    () => null,
    (found: unknown) => found,
  );
  if (cause instanceof Error) return cause;
  throw new Error('it was expected to reject');
};

const sentCommand = (): string | undefined =>
  ssm.commandCalls(SendCommandCommand)[0]?.args[0].input.Parameters?.['commands']?.[0];

beforeEach(() => {
  ssm.reset();
  ssm.on(SendCommandCommand).resolves({ Command: { CommandId: 'c-1' } });
  ssm.on(GetCommandInvocationCommand).resolves(printing(STATUS));
});

describe('the command that the instance gets', () => {
  it('status', async () => {
    expect(await control().status('use1-az1', 5_000)).toEqual(STATUS);
    expect(ssm.commandCalls(SendCommandCommand)[0]?.args[0].input).toMatchObject({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: ['i-0aa1'],
      TimeoutSeconds: 30,
      Parameters: { commands: ['evac-host status'], executionTimeout: ['5'] },
    });
  });

  it('stop, with a deadline of its own before the caller stops listening', async () => {
    await control().stop('use1-az1', { epoch: 12 }, 8_000);
    expect(sentCommand()).toBe(`evac-host stop --epoch '12' --timeout-ms '7000'`);
  });

  it('rejoin', async () => {
    ssm.on(GetCommandInvocationCommand).resolves(printing({ how: 'rewound' }));
    expect(await control().rejoin('use1-az1', ORDER, 100_000)).toEqual({ how: 'rewound' });
    expect(sentCommand()).toBe(
      `evac-host rejoin --epoch '12' --upstream-host '10.0.2.10' --upstream-port '5432' --standby-name 'use1-az1-e12' --timeout-ms '99000'`,
    );
  });

  it.each([
    [true, 'yes'],
    [false, 'no'],
  ])('a fresh copy, the old one kept: %s', async (keep, word) => {
    const answer = { how: 'recloned', ...(keep ? { kept: '/data.kept-e12' } : {}) };
    ssm.on(GetCommandInvocationCommand).resolves(printing(answer));
    expect(await control().rejoin('use1-az1', { ...ORDER, fresh: true, keep }, 100_000)).toEqual(answer);
    expect(sentCommand()).toContain(
      `--standby-name 'use1-az1-e12' --fresh 'yes' --keep '${word}' --timeout-ms`,
    );
  });

  it('carries nothing that the shell would take for more than a word', async () => {
    ssm.on(GetCommandInvocationCommand).resolves(printing({ how: 'already' }));
    await control().rejoin('use1-az1', { ...ORDER, upstreamHost: `x'; halt; '` }, 5_000);
    expect(sentCommand()).toContain(`--upstream-host 'x'\\''; halt; '\\'''`);
  });
});

describe('waiting for its end', () => {
  it('asks until it has ended, also before the instance is known to have it', async () => {
    ssm
      .on(GetCommandInvocationCommand)
      .rejectsOnce(new InvocationDoesNotExist({ message: 'not yet', $metadata: {} }))
      .resolvesOnce({ Status: 'Pending' })
      .resolvesOnce({ Status: 'InProgress' })
      .resolvesOnce({ Status: 'Delayed' })
      .resolvesOnce({})
      .resolves(printing(STATUS));
    expect(await control().status('use1-az1', 5_000)).toEqual(STATUS);
    expect(ssm.commandCalls(GetCommandInvocationCommand)).toHaveLength(6);
  });

  it('gives up at its deadline: the command may still act, so the host has to refuse older epochs', async () => {
    ssm.on(GetCommandInvocationCommand).resolves({ Status: 'InProgress' });
    const error = await errorOf(control().stop('use1-az1', { epoch: 12 }, 40));
    expect(error.name).toBe('DeadlineExceeded');
    expect(error.message).toMatch(/^instance i-0aa1: evac-host stop .* did not end within 40 ms$/);
  });

  it('gives up at its deadline while SSM itself is silent', async () => {
    ssm.on(SendCommandCommand).callsFake(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      throw new Error('socket hang up');
    });
    expect((await errorOf(control().status('use1-az1', 30))).name).toBe('DeadlineExceeded');
  });
});

describe('what SSM says of a command that did not run to its end', () => {
  it.each([
    ['TimedOut', 'DeliveryTimedOut', 'Unreachable', /was not begun there \(DeliveryTimedOut\)/],
    ['TimedOut', 'Delivery Timed Out', 'Unreachable', /was not begun there \(DeliveryTimedOut\)/],
    ['TimedOut', 'ExecutionTimedOut', 'DeadlineExceeded', /did not end in time there/],
    ['Failed', 'Undeliverable', 'Unreachable', /was not begun there \(Undeliverable\)/],
    ['Failed', 'Terminated', 'Unreachable', /was not begun there \(Terminated\)/],
    ['Cancelled', 'Cancelled', 'EvacError', /the command is Cancelled \(Cancelled\)/],
    ['Cancelled', undefined, 'EvacError', /the command is Cancelled \(no details\)/],
  ] as const)('%s, %s: %s', async (...[Status, StatusDetails, name, message]) => {
    ssm.on(GetCommandInvocationCommand).resolves({ Status, ...(StatusDetails && { StatusDetails }) });
    const error = await errorOf(control().status('use1-az1', 5_000));
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  it.each([
    [
      'an instance that SSM does not know',
      new InvalidInstanceId({ message: 'not registered', $metadata: {} }),
    ],
    ['a network that fails', new Error('getaddrinfo ENOTFOUND')],
  ])('%s: Unreachable, with the cause', async (_what, cause) => {
    ssm.on(SendCommandCommand).rejects(cause);
    const error = await errorOf(control().status('use1-az1', 5_000));
    expect(error).toMatchObject({ name: 'Unreachable', cause });
  });

  it('that cannot be asked about: Unreachable', async () => {
    ssm.on(GetCommandInvocationCommand).rejects(new Error('ThrottlingException'));
    expect((await errorOf(control().status('use1-az1', 5_000))).name).toBe('Unreachable');
  });
});

describe('what the host answers', () => {
  const refusing = (error: string, message: string) => printing({ error, message }, 3);

  it.each([
    ['StaleEpoch', 'epoch 11 refused: this host has seen epoch 12', 'StaleEpoch'],
    ['DeadlineExceeded', 'stop goes on', 'DeadlineExceeded'],
    ['Unreachable', 'the upstream does not answer', 'Unreachable'],
    ['DamagedState', 'the epoch file holds "x"', 'EvacError'],
    ['Error', 'pg_rewind: exit code 1', 'EvacError'],
  ])('%s means the same on this side', async (error, message, name) => {
    ssm.on(GetCommandInvocationCommand).resolves(refusing(error, message));
    const found = await errorOf(control().stop('use1-az1', { epoch: 11 }, 5_000));
    expect(found.name).toBe(name);
    expect(found.message).toBe(
      `instance i-0aa1: evac-host stop --epoch '11' --timeout-ms '4000': ${message}`,
    );
  });

  it('is its last line: what else it prints is for people', async () => {
    ssm.on(GetCommandInvocationCommand).resolves(printing(`stopping\n${JSON.stringify(STATUS)}`));
    expect(await control().status('use1-az1', 5_000)).toEqual(STATUS);
  });

  it.each([
    [
      'nothing',
      { ...printing(''), StandardOutputContent: '' },
      /printed no answer of evac-host: exit code 0, "", ""/,
    ],
    ['no JSON', printing('done'), /printed no answer of evac-host: exit code 0, "done"/],
    ['something else', printing({ up: true, engine: 'asleep', epoch: 1 }), /printed no answer/],
    ['an old kind of answer', { Status: 'Success' as const }, /exit code 0, "", ""/],
    [
      'no program',
      { ...printing('', 127), StandardErrorContent: 'sh: evac-host: not found\n' },
      /failed: exit code 127, "", "sh: evac-host: not found"/,
    ],
    ['a failure without a code', { Status: 'Failed' as const }, /failed: exit code 1/],
  ])('%s is an error that shows it', async (_what, output, message) => {
    ssm.on(GetCommandInvocationCommand).resolves(output);
    const error = await errorOf(control().status('use1-az1', 5_000));
    expect(error.name).toBe('EvacError');
    expect(error.message).toMatch(message);
  });
});

describe('a zone without an instance', () => {
  it.each(['use1-az2', 'use1-az9'])('%s is a wrong configuration', async (zone) => {
    const error = await errorOf(control().status(zone, 5_000));
    expect(error.name).toBe('InvalidConfiguration');
    expect(error.message).toBe(`no instance for SSM in ${zone}; there is a host in use1-az1, use1-az2`);
    expect(ssm.calls()).toHaveLength(0);
  });
});

describe('its client', () => {
  it('is made with the first command', async () => {
    const lazy = createSsmHostControl({ hosts, pollMs: 1 });
    expect(await lazy.status('use1-az1', 5_000)).toEqual(STATUS);
    expect(await lazy.status('use1-az1', 5_000)).toEqual(STATUS);
  });
});
