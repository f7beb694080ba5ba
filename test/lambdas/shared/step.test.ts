import type { StepDefinition } from '../../../lambdas/shared/step';
import { Unreachable } from '../../../lib/domain/errors';
import { createHeldWorld, rejectionOf } from '../ports';
import { deliver, phaseOf } from '../run-step';

const acting = (act: StepDefinition['act'], phase?: StepDefinition['phase']): StepDefinition => ({
  name: 'a-step',
  deadlineMs: 1_000,
  act,
  ...(phase === undefined ? {} : { phase }),
});

const done = async () => ({ done: true });

describe('the frame of a step', () => {
  it('enters its phase before it acts, at its epoch and with its deadline', async () => {
    const world = await createHeldWorld();
    const seen: unknown[] = [];
    const phase = { from: ['claimed'], to: 'prepared' } as const;
    const act: StepDefinition['act'] = async ({ operation, effect }) => {
      seen.push({ phase: operation.phase, effect });
      return { done: true };
    };
    await deliver(acting(act, phase), world);
    expect(seen).toEqual([{ phase: 'prepared', effect: { epoch: 8, deadlineMs: 1_000 } }]);
  });

  it('journals what was done and how long it took', async () => {
    const world = await createHeldWorld();
    await deliver(
      acting(async ({ ports }) => {
        await ports.clock.sleep(40);
        return { done: true };
      }),
      world,
    );
    const [line] = await world.ports.store.readSteps(8);
    expect(line).toMatchObject({ epoch: 8, name: 'a-step', status: 'done', detail: { done: true } });
    expect((line?.endedAtMs ?? 0) - (line?.startedAtMs ?? 0)).toBe(40);
  });

  it.each([
    [new Unreachable('no answer'), { error: 'Unreachable', message: 'no answer' }],
    ['a text', { error: 'a text' }],
  ])('journals a failure and hands it on: %s', async (thrown, detail) => {
    const world = await createHeldWorld();
    const failing = acting(() => Promise.reject(thrown));
    await expect(deliver(failing, world)).rejects.toBe(thrown);
    expect(await world.ports.store.readSteps(8)).toMatchObject([{ status: 'failed', detail }]);
  });

  it("hands on the step's own error when the journal cannot be written", async () => {
    const world = await createHeldWorld();
    jest.spyOn(world.ports.store, 'writeStep').mockRejectedValue(new Unreachable('no table'));
    const failing = acting(() => Promise.reject(new Error('the step itself')));
    expect((await rejectionOf(deliver(failing, world))).message).toBe('the step itself');
    expect(world.lines).toMatchObject([{ level: 'warn', message: 'journal line lost' }]);
  });

  it('refuses an operation that no longer holds the seat, before it acts', async () => {
    const world = await createHeldWorld({ epoch: 9 }, { epoch: 9 });
    const act = jest.fn(done);
    expect((await rejectionOf(deliver(acting(act), world))).name).toBe('StaleEpoch');
    expect(act).not.toHaveBeenCalled();
  });

  it('fails when its operation was taken over while it acted', async () => {
    const world = await createHeldWorld();
    const takenOver = acting(async ({ ports, operation }) => {
      await ports.store.apply({ type: 'take-over', seen: operation, phase: 'undoing', nowMs: 1 });
      return { done: true };
    });
    const { name, message } = await rejectionOf(deliver(takenOver, world));
    expect(name).toBe('StaleEpoch');
    expect(message).toMatch(/epoch 8 no longer holds the seat \(epoch 9\)/);
  });

  it('says what to look at when there is no seat', async () => {
    const world = await createHeldWorld();
    world.items.clear();
    const { name, message } = await rejectionOf(deliver(acting(done), world));
    expect(name).toBe('DamagedState');
    expect(message).toMatch(/no seat item for workload orders.*schedule/);
  });
});

describe('entering a phase', () => {
  const phase = { from: ['claimed', 'prepared'], to: 'prepared' } as const;

  it('reads again when it lost the race for the progress number', async () => {
    const world = await createHeldWorld();
    const { apply } = world.ports.store;
    let races = 2;
    jest.spyOn(world.ports.store, 'apply').mockImplementation(async (event) => {
      if (races > 0) {
        races -= 1;
        await apply(event);
      }
      return apply(event);
    });
    await deliver(acting(done, phase), world);
    expect((await world.seatNow()).operation).toMatchObject({ phase: 'prepared', progress: 3 });
  });

  it('gives up after five lost races', async () => {
    const world = await createHeldWorld();
    const { apply } = world.ports.store;
    const racing = jest.spyOn(world.ports.store, 'apply').mockImplementation(async (event) => {
      await apply(event);
      return apply(event);
    });
    expect(await rejectionOf(deliver(acting(done, phase), world))).toMatchObject({ code: 'moved-on' });
    expect(racing).toHaveBeenCalledTimes(5);
  });

  it('refuses a phase that is past', async () => {
    const world = await createHeldWorld({ phase: 'switching' });
    expect(await rejectionOf(deliver(acting(done, phase), world))).toMatchObject({ code: 'wrong-phase' });
    expect(await phaseOf(world)).toBe('switching');
  });
});
