import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder, python } from './local-region';

const run = promisify(execFile);

/** Runs Python in a MiniStack with the patches, without serving it; what it prints last, as JSON. */
async function inside(script: string): Promise<unknown> {
  const env = {
    PYTHONPATH: join(projectFolder, 'lib/lab/emulator'),
    WITHOUT: process.env['EVAC_TEST_WITHOUT'] ?? '',
  };
  const prelude = 'import os, json, time, patches\npatches.apply(os.environ["WITHOUT"].split(","))\n';
  const { stdout } = await run(python, ['-B', '-c', prelude + script], { env });
  return JSON.parse(stdout) as unknown;
}

describe('a long run of the local Region', () => {
  test('drops metrics after an hour and looks for them once a minute (plain MiniStack: two weeks, each request)', async () => {
    const counts = await inside(`
from ministack.services import cloudwatch
counts = []
def put_and_evict():
    cloudwatch._metric_bucket(("Evac", "old", "")).append({"Timestamp": time.time() - 3700, "Value": 1})
    cloudwatch._evict_old_metrics()
    counts.append(len(cloudwatch._metrics.get(("Evac", "old", "")) or []))
clock = time.monotonic
put_and_evict()
time.monotonic = lambda: clock() + 61
put_and_evict()
put_and_evict()
print(json.dumps(counts))`);
    expect(counts).toEqual([1, 0, 1]);
  });

  test('drops stream records after ten minutes (plain MiniStack: a day)', async () => {
    const left = await inside(`
from ministack.services import dynamodb
ages = (601, 599)
dynamodb._stream_records["evac"] = [{"dynamodb": {"ApproximateCreationDateTime": time.time() - age}} for age in ages]
print(json.dumps(len(dynamodb.stream_live_records("evac"))))`);
    expect(left).toBe(1);
  });
});

describe('schedules that were made together', () => {
  test('do not fire together (plain MiniStack: in the same instant)', async () => {
    const fired = await inside(`
from ministack.services import eventbridge, scheduler
fired = []
eventbridge._invoke_target = lambda target, event, schedule: fired.append(schedule["Arn"])
made = time.time()
for n in range(5):
    schedule = {"State": "ENABLED", "ScheduleExpression": "rate(1 minute)", "CreationDate": made, "Arn": str(n), "Target": {"Arn": "x"}}
    scheduler._schedules._data[("000000000000", "us-east-1", str(n))] = schedule
clock = time.time
seconds = {}
for second in range(130):
    time.time = lambda: made + second
    scheduler._tick_schedules()
    for name in fired:
        seconds.setdefault(name, []).append(second)
    fired.clear()
print(json.dumps(seconds))`);
    expect(fired).toEqual({ 0: [60, 120], 1: [49, 109], 2: [38, 98], 3: [27, 87], 4: [16, 76] });
  });
});

describe('a state machine that writes to DynamoDB', () => {
  test('is served by the loop that serves every client (plain MiniStack: beside it)', async () => {
    const onLoop = await inside(`
import asyncio, threading
from ministack import app
from ministack.services import dynamodb, stepfunctions
app._MAIN_LOOP = asyncio.new_event_loop()
server = threading.Thread(target=app._MAIN_LOOP.run_forever, daemon=True)
server.start()
dynamodb._update_item = lambda request: (200, {}, json.dumps({"on_loop": threading.current_thread() is server}))
print(json.dumps(stepfunctions._invoke_dynamodb("updateItem", {})))`);
    expect(onLoop).toEqual({ on_loop: true });
  });
});
