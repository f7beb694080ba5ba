import { alarmNameOf, intakeAlarm } from '../../../lambdas/intake-alarm/intake-alarm';
import type { Policy } from '../../../lib/domain/topology';
import { CALM_GRID, NOW_MS, ZONE_LOSS_GRID } from '../../domain/decision/world';
import type { World } from '../ports';
import { createHeldWorld, createWorld, observationsOf, putGrid, rejectionOf } from '../ports';

/** The schedules are off: nobody loops, and whoever is asked puts a round of its own into the store and answers it. */
const answering = async (grid: string, policy: Partial<Policy> = {}): Promise<World> => {
  const world = await createWorld({ policy });
  jest.spyOn(world.ports.witnesses, 'freshRound').mockImplementation(async () => {
    await putGrid(world, grid);
    return observationsOf(grid);
  });
  return world;
};

describe('intake-alarm', () => {
  it('fails over on what the witnesses say when they are asked', async () => {
    const world = await answering(ZONE_LOSS_GRID);
    expect(await intakeAlarm('postgres-a', world.ports)).toMatchObject({
      started: 'orders-e8',
      decision: 'failover',
    });
    expect(world.workflows.started).toEqual([
      { machine: 'failover', name: 'orders-e8', input: { epoch: 8 } },
    ]);
    expect((await world.seatNow()).operation).toMatchObject({ trigger: 'alarm', mode: 'emergency' });
    expect((await world.seatNow()).operation?.reason).toMatch(/^alarm postgres-a: nothing of az-a answers/);
  });

  it('does nothing when the witnesses see nothing wrong: an alarm is no verdict', async () => {
    const world = await answering(CALM_GRID);
    expect(await intakeAlarm('noise', world.ports)).toMatchObject({ started: null, decision: 'none' });
    expect((await world.seatNow()).operation).toBeNull();
  });

  it('does nothing when no witness answers: missing evidence starts nothing (I9)', async () => {
    const world = await createWorld();
    expect((await intakeAlarm('silence', world.ports)).started).toBeNull();
    expect((await world.seatNow()).operation).toBeNull();
  });

  it('only says what it would have done in shadow', async () => {
    const world = await answering(ZONE_LOSS_GRID, { automatic: 'shadow' });
    expect(await intakeAlarm('postgres-a', world.ports)).toMatchObject({ started: null, decision: 'hold' });
    expect((await world.seatNow()).epoch).toBe(7);
  });

  it.each([
    ['acted on', ZONE_LOSS_GRID, {}, { decision: { kind: 'failover' } }],
    ['not acted on', CALM_GRID, {}, { decision: { kind: 'none' } }],
    ['in shadow', ZONE_LOSS_GRID, { automatic: 'shadow' as const }, { decision: { kind: 'hold' } }],
  ])('keeps what was decided, and which alarm asked: %s', async (_what, grid, policy, kept) => {
    const world = await answering(grid, policy);
    await intakeAlarm('postgres-a', world.ports);
    const [record] = await world.ports.store.recentDecisions(1);
    expect(record).toMatchObject({
      ...kept,
      circumstances: { trigger: 'alarm', actor: 'alarm postgres-a' },
    });
    expect(record?.evidence).toHaveLength(grid === CALM_GRID ? 4 : 3);
  });

  it('waits for a seat: alarms on missing data fire while a deployment starts', async () => {
    const world = await createWorld({ hasNoSeat: true });
    expect(await intakeAlarm('early', world.ports)).toEqual({
      started: null,
      decision: 'none',
      reasons: ['there is no seat yet'],
    });
  });

  it("is the drill's trigger while a drill declared the fault", async () => {
    const world = await answering(ZONE_LOSS_GRID);
    const drill = { id: 'd1', zone: 'az-a', untilMs: NOW_MS + 60_000 };
    await world.ports.store.apply({ type: 'begin-drill', drill });
    await intakeAlarm('postgres-a', world.ports);
    expect((await world.seatNow()).operation?.trigger).toBe('drill');
  });

  it('loses the claim to a witness and says who won', async () => {
    const world = await answering(ZONE_LOSS_GRID);
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementationOnce(async (event, claim) => {
      if (event.type === 'claim')
        await apply({ ...event, operation: { ...event.operation, trigger: 'witness' } }, claim);
      return apply(event, claim);
    });
    const result = await intakeAlarm('postgres-a', world.ports);
    expect(result).toMatchObject({ started: null, decision: 'refuse' });
    expect(result.reasons.at(-1)).toMatch(/no longer at epoch 7/);
    expect((await world.ports.store.decisionsIn(7, 9))[0]).toMatchObject({
      refused: { code: 'stale-epoch' },
      circumstances: { trigger: 'alarm' },
    });
    expect(world.workflows.started).toEqual([]);
  });

  it('waits for what is running', async () => {
    const world = await createHeldWorld();
    world.answers.observations = observationsOf(ZONE_LOSS_GRID);
    expect(await intakeAlarm('postgres-a', world.ports)).toMatchObject({ started: null, decision: 'hold' });
  });

  it('fails when the workflow service does not answer, so that SNS tries again', async () => {
    const world = await answering(ZONE_LOSS_GRID);
    jest.spyOn(world.workflows, 'start').mockRejectedValue(new Error('no answer'));
    expect((await rejectionOf(intakeAlarm('postgres-a', world.ports))).message).toBe('no answer');
  });
});

describe('the name of the alarm', () => {
  const event = (...messages: string[]) => ({ Records: messages.map((Message) => ({ Sns: { Message } })) });

  it.each([
    ["CloudWatch's JSON", event('{"AlarmName":"orders-az-a"}'), 'orders-az-a'],
    ['JSON without a name', event('{}'), 'without a name'],
    ['JSON null', event('null'), 'without a name'],
    ['plain text', event('look at az-a'), 'look at az-a'],
    ['a long text', event('x'.repeat(200)), 'x'.repeat(80)],
    ['an empty text', event(''), 'without a name'],
    ['no record', event(), 'without a name'],
  ])('%s', (_what, given, name) => {
    expect(alarmNameOf(given)).toBe(name);
  });
});
