import type { DynamoDBStreamEvent } from 'aws-lambda';
import { epochsOf, startClaimed } from '../../../lambdas/start-claimed/start-claimed';
import type { Operation } from '../../../lib/domain/protocol/seat';
import { createHeldWorld, createWorld } from '../ports';

describe('start-claimed', () => {
  it.each<[Operation['kind'], string]>([
    ['failover', 'failover'],
    ['rollback', 'failover'],
    ['degrade', 'degrade'],
    ['rejoin', 'rejoin'],
  ])('starts what a claimer left behind: %s in the machine %s', async (kind, machine) => {
    const world = await createHeldWorld({ kind });
    expect(await startClaimed([8], world.ports)).toEqual(['orders-e8']);
    expect(world.workflows.started).toEqual([{ machine, name: 'orders-e8', input: { epoch: 8 } }]);
  });

  it('is harmless when the claimer started it, too', async () => {
    const world = await createHeldWorld();
    await startClaimed([8], world.ports);
    await startClaimed([7, 8], world.ports);
    expect(world.workflows.started).toHaveLength(1);
  });

  it.each<[string, () => ReturnType<typeof createWorld>]>([
    ['a seat that is free', () => createWorld()],
    ['another epoch', () => createHeldWorld({ epoch: 9 }, { epoch: 9 })],
    ["a person's claim: its own execution carries it", () => createHeldWorld({ trigger: 'human' })],
    ['what was taken over: the name is of an older epoch', () => createHeldWorld({ execution: 'orders-e7' })],
  ])('starts nothing for %s', async (_what, world) => {
    const { ports, workflows } = await world();
    expect(await startClaimed([8], ports)).toEqual([]);
    expect(workflows.started).toEqual([]);
  });

  it('reads the epochs of the decision records, and of nothing else', () => {
    const event = {
      Records: [
        { dynamodb: { NewImage: { epoch: { N: '8' } } } },
        { dynamodb: { NewImage: { epoch: { S: 'eight' } } } },
        { dynamodb: {} },
        {},
        { dynamodb: { NewImage: { epoch: { N: '8.5' } } } },
      ],
    } as unknown as DynamoDBStreamEvent;
    expect(epochsOf(event)).toEqual([8]);
  });
});
