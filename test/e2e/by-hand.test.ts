import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutMetricAlarmCommand, CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  SchedulerClient,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { functionName, tableName } from '../../lib/contract/names';
import type { Connection } from '../../lib/cli/connection';
import type { Operation } from '../../lib/domain/protocol/seat';
import type { StatusReport } from '../../lib/cli/status-report';
import { foldOrders } from '../../lib/domain/report/ledger-event';
import { processesIn } from '../../lib/lab/cgroups';
import { startLoad } from '../../lib/lab/drill/load-run';
import { writersOf } from '../../lib/lab/drill/places';
import { readSurvivors } from '../../lib/lab/drill/survivors';
import { sendSignal } from '../../lib/lab/process-identity';
import { waitUntil } from '../../lib/lab/wait-until';
import { difference, takeCensus } from '../lab/census';
import { describeOnPostgres } from '../lab/requirements';
import { evac } from './command-line';
import {
  clientOptions,
  configFile,
  connectTo,
  openTestLab,
  seatOf,
  topology,
  waitUntilWhole,
} from './lab-under-test';

const name = 'e2e-hand';
/** Processes count when they are the lab's or the CLI's: others on the machine come and go, the tests' own tools, too. */
const ours = new RegExp(
  process.env['CI'] === undefined ? name : `^(?!process )|${name}|bin/evac\\.ts|postgres|ministack`,
);

/** A process may end between being listed and being looked at. */
const commandLineOf = (pid: number): string =>
  existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';

describeOnPostgres('a lab, moved by hand and by an alarm', () => {
  const lab = openTestLab(name);
  const before = takeCensus(ours);
  let connection: Connection;

  beforeAll(async () => {
    const up = await evac(['lab', 'up'], { lab: name, timeoutMs: 240_000 });
    if (up.code !== 0) throw new Error(up.stderr);
    connection = await connectTo(name);
    await waitUntilWhole(connection, 'az-a');
  }, 400_000);

  afterAll(async () => {
    connection.close();
    const down = await evac(['lab', 'down'], { lab: name });
    expect(down.stdout).toContain('nothing is left');
    expect(difference(before, takeCensus(ours)).left).toEqual([]);
  }, 60_000);

  test('status tells the seat, the zones and who sees them, for people and for programs', async () => {
    const text = await evac(['status'], { lab: name });
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('writer az-a   standby az-b');
    const report = JSON.parse((await evac(['status', '--json'], { lab: name })).stdout) as StatusReport;
    expect(report.seat).toMatchObject({ writer: 'az-a', eligible: 'az-b', running: null });
    expect(report.traffic_weights).toEqual({ 'az-a': 100, 'az-b': 0 });
    expect(
      report.zones
        .find(({ zone }) => zone === 'az-a')
        ?.components.map(({ component }) => component)
        .sort(),
    ).toEqual(['api', 'postgres', 'redis']);
    expect(report.witnesses.filter(({ fresh }) => fresh)).toHaveLength(4);
  }, 60_000);

  test('a second lab up finds the first and leaves it alone', async () => {
    const again = await evac(['lab', 'up'], { lab: name });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('up already') as unknown });
  }, 60_000);

  const move = ['failover', '--planned', '--reason', 'test'];
  test.each([
    ['an unknown zone', [...move, '--to', 'az-x'], 3, /\[unknown-zone\].*az-a, az-b, az-c/],
    ['a zone without data', [...move, '--to', 'az-c'], 3, /\[not-a-data-zone\]/],
    ['the zone that writes already', [...move, '--to', 'az-a'], 3, /\[same-zone\]/],
    ['no zone', move, 2, /--to is missing/],
    ['no reason', ['failover', '--planned', '--to', 'az-b'], 2, /--reason is missing/],
    ['no mode', ['failover', '--to', 'az-b', '--reason', 'x'], 2, /--planned.*--emergency/],
    ['an unknown option', ['status', '--frobnicate'], 2, /unknown option/],
    ['a rollback when home already', ['rollback', '--reason', 'x'], 3, /\[same-zone\]/],
  ])(
    '%s is refused and changes nothing',
    async (_what, args, code, message) => {
      const seat = await seatOf(connection);
      const ended = await evac(args, { lab: name });
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({
        code,
        stderr: expect.stringMatching(message) as unknown,
      });
      expect((await seatOf(connection)).nonce).toBe(seat.nonce);
    },
    60_000,
  );

  test('a start while an operation holds the seat is refused, naming it', async () => {
    const seen = await seatOf(connection);
    const nowMs = await connection.store.nowMs();
    const operation = {
      ...{ kind: 'failover', mode: 'planned', trigger: 'human', phase: 'claimed' },
      ...{ from: 'az-a', to: 'az-b', reason: 'held by a test', execution: 'nobody' },
      ...{ stores: ['postgres'], eligibleBefore: { postgres: 'az-b' } },
      ...{
        epoch: seen.epoch + 1,
        progress: 0,
        claimedAtMs: nowMs,
        progressAtMs: nowMs,
        acceptLossSeconds: null,
      },
    } as Operation;
    const held = await connection.store.apply({
      type: 'claim',
      seen,
      operation,
      nowMs,
      overrideCooldown: false,
    });
    const refused = await evac([...move, '--to', 'az-b'], { lab: name });
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/\[busy\].*failover from az-a to az-b/) as unknown,
    });
    const outcome = { ...operation, result: 'released', reason: 'test over', atMs: nowMs } as const;
    const { epoch, kind, stores, result, from, to, reason, atMs } = outcome;
    await connection.store.apply({
      type: 'release',
      epoch: held.epoch,
      from: ['claimed'],
      seen: { ...held, operation },
      eligible: { postgres: 'az-b' },
      outcome: { epoch, kind, stores, result, from, to, reason, atMs },
    });
  }, 60_000);

  test.each([
    ['no lab and no endpoint', { env: {}, lab: 'e2e-none' }, 2, /no lab is up.*Nothing was asked of AWS/],
    [
      'an endpoint that is AWS',
      { env: { AWS_ENDPOINT_URL: 'https://states.us-east-1.amazonaws.com' }, lab: name },
      2,
      /refused/,
    ],
    [
      'an emulator that does not answer',
      { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, lab: name },
      1,
      /does not answer.*Nothing was changed/,
    ],
  ])(
    '%s is refused before anything is asked',
    async (_what, options, code, message) => {
      const ended = await evac([...move, '--to', 'az-b'], options);
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({
        code,
        stderr: expect.stringMatching(message) as unknown,
      });
    },
    60_000,
  );

  test('a damaged configuration is refused with file, line, what was found and what is allowed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evac-e2e-hand-'));
    try {
      const file = join(folder, 'damaged.yaml');
      writeFileSync(
        file,
        readFileSync(configFile, 'utf8').replace('failureThreshold: 3', 'failureThreshold: often'),
      );
      const ended = await evac([...move, '--to', 'az-b', '--config', file], { lab: name });
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(/damaged\.yaml:\d+: policy\.failureThreshold: found "often", allowed/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  test('a hand-edited seat is named and nothing is done until it is put right', async () => {
    const dynamo = new DynamoDBClient(clientOptions(lab));
    const Key = { pk: { S: topology.workload }, sk: { S: 'seat' } };
    const TableName = tableName(topology.workload);
    const { Item = {} } = await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    await dynamo.send(new PutItemCommand({ TableName, Item: { ...Item, writer: { N: '7' } } }));
    try {
      const ended = await evac([...move, '--to', 'az-b'], { lab: name });
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/DamagedState.*writer/s) as unknown,
      });
    } finally {
      await dynamo.send(new PutItemCommand({ TableName, Item }));
      dynamo.destroy();
    }
    expect(await seatOf(connection)).toMatchObject({ writer: 'az-a', operation: null });
  }, 60_000);

  test('a state table restored from a backup is held until a person has it mended, and its standby is proved anew', async () => {
    const before = await seatOf(connection);
    const dynamo = new DynamoDBClient(clientOptions(lab));
    const Key = { pk: { S: topology.workload }, sk: { S: 'seat' } };
    const TableName = tableName(topology.workload);
    const { Item = {} } = await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    const old = { ...Item, epoch: { N: '1' }, writer: { S: 'az-b' }, eligible: { S: 'az-a' } };
    await dynamo.send(new PutItemCommand({ TableName, Item: old }));
    dynamo.destroy();
    await waitUntil({ what: 'it is refused', timeoutMs: 20_000, everyMs: 200 }, async () =>
      (await connection.store.decisionsIn(1, 50)).some(({ decision }) =>
        decision.reasons.some(({ code }) => code === 'seat-behind-engines'),
      ),
    );
    expect((await evac([...move, '--to', 'az-b'], { lab: name })).stderr).toContain('seat-behind-engines');
    const lambda = new LambdaClient(clientOptions(lab));
    const { Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: functionName(topology.workload, 'reconcile-seat'),
        Payload: JSON.stringify({ behind: before.epoch }),
      }),
    );
    lambda.destroy();
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({
      action: 'reseated',
      writer: 'az-a',
    });
    await waitUntilWhole(connection, 'az-a');
    expect((await seatOf(connection)).epoch).toBeGreaterThan(1_000);
  }, 180_000);

  test('two starts from the console at once: one moves the writer, the other is refused; no order fails', async () => {
    const load = startLoad(lab, lab.context(), { name: 'by-hand', ratePerSecond: 100 });
    await waitUntil({ what: 'orders flow', timeoutMs: 30_000, everyMs: 50 }, () => {
      load.tail.read();
      return load.tail.acknowledged() > 200;
    });
    const input = { to: 'az-b', mode: 'planned', reason: 'started from the console' };
    const names = ['console-1', 'console-2'];
    await Promise.all(names.map((execution) => connection.workflows.start('failover', execution, input)));
    const ends = await Promise.all(names.map(ended));
    expect(ends.map(({ status }) => status).sort()).toEqual(['failed', 'succeeded']);
    expect(ends.find(({ status }) => status === 'failed')?.failure?.cause).toMatch(/Refused|StaleEpoch/);
    expect(await seatOf(connection)).toMatchObject({
      writer: 'az-b',
      lastOutcome: { kind: 'failover', result: 'completed' },
    });
    await waitUntilWhole(connection, 'az-b');

    const refused = await evac(['rollback', '--reason', 'home'], { lab: name });
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/\[cooldown\].*secondsLeft=1[67]\d\d/) as unknown,
    });
    const home = await evac(['rollback', '--reason', 'home', '--override-cooldown'], { lab: name });
    expect({ code: home.code, stderr: home.stderr }).toMatchObject({ code: 0 });
    await waitUntilWhole(connection, 'az-a');
    await load.stop();
    const orders = foldOrders(load.tail.all());
    expect(orders.filter(({ ackAtMs }) => ackAtMs === null).length).toBe(0);
    const { ids } = await readSurvivors(lab, writersOf(lab.options.topology, null, 'az-a'));
    expect(orders.filter(({ id }) => !ids.has(id)).length).toBe(0);
  }, 240_000);

  test('with the schedules off, an alarm on missing data starts nothing, and one on a real loss starts the failover', async () => {
    await switchSchedulesOff();
    endWitnessLoops();
    // Cooldown of the move above: a person's table, a person's clock. The alarm must not be what overrides it.
    await forgetCooldown();
    await pauseForAlarms();
    expect(await seatOf(connection)).toMatchObject({ writer: 'az-a', operation: null });

    await userAlarm();
    await lab.faults.kill('az-a');
    await reportErrors();
    await waitUntil(
      { what: 'the alarm alone moves the writer', timeoutMs: 90_000, everyMs: 100 },
      async () => {
        const seat = await seatOf(connection);
        return seat.writer === 'az-b' && seat.operation === null;
      },
    );
    expect(await seatOf(connection)).toMatchObject({
      lastOutcome: { kind: 'failover', result: 'completed' },
    });
    const record = await connection.store.readDecision((await seatOf(connection)).epoch);
    expect(record?.decision.scenario).toBe('zone-loss');
  }, 240_000);

  const ended = async (execution: string) => {
    const wait = { what: `${execution} ends`, timeoutMs: 60_000, everyMs: 50 };
    await waitUntil(
      wait,
      async () => (await connection.workflows.describe('failover', execution)).status !== 'running',
    );
    return connection.workflows.describe('failover', execution);
  };

  const switchSchedulesOff = async (): Promise<void> => {
    const scheduler = new SchedulerClient(clientOptions(lab));
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
    for (const { Name } of Schedules) {
      const schedule = await scheduler.send(new GetScheduleCommand({ Name }));
      const { ScheduleExpression, Target } = schedule;
      await scheduler.send(
        new UpdateScheduleCommand({
          Name,
          ScheduleExpression,
          Target,
          FlexibleTimeWindow: { Mode: 'OFF' },
          State: 'DISABLED',
        }),
      );
    }
    scheduler.destroy();
  };

  /** A loop outlives its schedule by two minutes; ended here, as a crash would. */
  const endWitnessLoops = (): void => {
    for (const place of lab.zones.layout.places)
      for (const pid of processesIn(lab.zones.layout.cgroupOf(place)))
        if (commandLineOf(pid).includes('probe-zone')) sendSignal(pid, 'SIGKILL');
  };

  const forgetCooldown = async (): Promise<void> => {
    const dynamo = new DynamoDBClient(clientOptions(lab));
    const TableName = tableName(topology.workload);
    const Key = { pk: { S: topology.workload }, sk: { S: 'seat' } };
    const { Item = {} } = await dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    await dynamo.send(new PutItemCommand({ TableName, Item: { ...Item, cooldownUntilMs: { N: '0' } } }));
    dynamo.destroy();
  };

  /** The stack's own alarms take missing data as breaching: by now each has asked its intake. */
  const pauseForAlarms = (): Promise<void> => {
    const endMs = performance.now() + 35_000;
    return waitUntil(
      { what: 'the alarms had their time', timeoutMs: 60_000, everyMs: 500 },
      () => performance.now() > endMs,
    );
  };

  const withCloudWatch = async (act: (client: CloudWatchClient) => Promise<unknown>): Promise<void> => {
    const client = new CloudWatchClient(clientOptions(lab));
    await act(client);
    client.destroy();
  };

  /** What a user has of their own: an alarm on their service's errors, with Evac's topic as its action. */
  const userAlarm = (): Promise<void> =>
    withCloudWatch((client) =>
      client.send(
        new PutMetricAlarmCommand({
          AlarmName: 'orders-errors',
          Namespace: 'Orders',
          MetricName: 'Errors',
          Statistic: 'Sum',
          Period: 10,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          TreatMissingData: 'notBreaching',
          AlarmActions: [`arn:aws:sns:us-east-1:000000000000:evac-${topology.workload}-questions`],
        }),
      ),
    );

  const reportErrors = (): Promise<void> =>
    withCloudWatch((client) =>
      client.send(
        new PutMetricDataCommand({ Namespace: 'Orders', MetricData: [{ MetricName: 'Errors', Value: 25 }] }),
      ),
    );
});
