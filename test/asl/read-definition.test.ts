import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDefinition, UnsupportedDefinition } from '../../lib/asl/read-definition';
import { MACHINES } from '../../lib/contract/workflows';

const task = { Type: 'Task', Resource: '${A}', End: true };
const machineOf = (state: object): object => ({ StartAt: 'One', States: { One: state } });
const reading = (definition: unknown) => () => readDefinition('sample', definition);

describe('a definition', () => {
  it.each(Object.keys(MACHINES))('of ours is read: %s', (name) => {
    const text = readFileSync(join(__dirname, `../../statemachines/${name}.asl.json`), 'utf8');
    const definition: unknown = JSON.parse(text);
    expect(readDefinition(name, definition)).toEqual(definition);
  });

  it.each([
    ['a state of another type', machineOf({ Type: 'Map', End: true }), 'sample.States.One.Type is Map'],
    [
      'a field',
      machineOf({ ...task, HeartbeatSeconds: 3 }),
      'sample.States.One.HeartbeatSeconds is not interp',
    ],
    [
      'a field of another type',
      machineOf({ Type: 'Pass', Resource: 'r', End: true }),
      'One.Resource is not interp',
    ],
    [
      'another language',
      { ...machineOf(task), QueryLanguage: 'JSONata' },
      'sample.QueryLanguage is not interp',
    ],
    [
      'a comparison',
      machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'One' }] }),
      'Choices[0].IsNull is not interp',
    ],
    [
      'a comparison more',
      machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: 'x', Not: {}, Next: 'One' }] }),
      'Choices[0].Not is not interp',
    ],
    [
      'a rule without a test',
      machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', Next: 'One' }] }),
      'Choices[0] must have either StringEquals or IsPresent',
    ],
    [
      'a rule with two tests',
      machineOf({
        Type: 'Choice',
        Choices: [{ Variable: '$.a', StringEquals: 'x', IsPresent: true, Next: 'One' }],
      }),
      'Choices[0] must have either StringEquals or IsPresent',
    ],
    [
      'a test for what is not there',
      machineOf({ Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: false, Next: 'One' }] }),
      'IsPresent is false, and must be true',
    ],
    [
      'a path with an index',
      machineOf({ ...task, ResultPath: '$.a[0]' }),
      'One.ResultPath is "$.a[0]", and must be a path',
    ],
    [
      'an intrinsic function',
      machineOf({ ...task, Parameters: { a: [{ 'b.$': "States.Format('{}', $.x)" }] } }),
      'One.Parameters is',
    ],
    [
      'another part of the context',
      machineOf({ ...task, Parameters: { 'a.$': '$$.State.Name' } }),
      'must be a template',
    ],
    [
      'a reserved error',
      machineOf({ ...task, Catch: [{ ErrorEquals: ['States.Permissions'], Next: 'One' }] }),
      'ErrorEquals[0] is "States.Permissions"',
    ],
    [
      'a field of a retrier',
      machineOf({ ...task, Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'FULL' }] }),
      'Retry[0].JitterStrategy is not interp',
    ],
    ['a time of no length', machineOf({ ...task, TimeoutSeconds: 0 }), 'One.TimeoutSeconds is 0'],
    [
      'attempts below none',
      machineOf({ ...task, Retry: [{ ErrorEquals: ['E'], MaxAttempts: -1 }] }),
      'MaxAttempts is -1',
    ],
    [
      'a rate that shrinks',
      machineOf({ ...task, Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }),
      'BackoffRate is 0.5',
    ],
    ['a list that is none', machineOf({ ...task, Retry: {} }), 'One.Retry must be a list'],
    [
      'an empty list',
      machineOf({ Type: 'Parallel', Branches: [], End: true }),
      'One.Branches must be a list',
    ],
    [
      'something in a branch',
      machineOf({ Type: 'Parallel', Branches: [machineOf({ ...task, Credentials: {} })], End: true }),
      'sample.States.One.Branches[0].States.One.Credentials',
    ],
    [
      'a Next that leads nowhere',
      machineOf({ ...task, End: undefined, Next: 'Two' }),
      'One.End is undefined',
    ],
    ['a Next to no state', machineOf({ Type: 'Pass', Next: 'Two' }), 'sample.States.One leads to Two'],
    [
      'a Catch to no state',
      machineOf({ ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Two' }] }),
      'One leads to Two',
    ],
    [
      'a Choice to no state',
      machineOf({
        Type: 'Choice',
        Choices: [{ Variable: '$.a', StringEquals: 'x', Next: 'One' }],
        Default: 'Two',
      }),
      'One leads to Two',
    ],
    ['a StartAt at no state', { StartAt: 'Zero', States: { One: task } }, 'sample.StartAt leads to Zero'],
    ['both ways on', machineOf({ ...task, Next: 'One' }), 'One must have either Next or End'],
    ['no way on', machineOf({ Type: 'Task', Resource: 'r' }), 'One must have either Next or End'],
    ['an End that is false', machineOf({ ...task, End: false }), 'One.End is false, and must be true'],
    ['a missing field', machineOf({ Type: 'Task', End: true }), 'One.Resource is missing'],
    ['no object', 'text', 'sample must be an object'],
    ['a state that is none', { StartAt: 'One', States: { One: 3 } }, 'sample.States.One must be an object'],
  ])('with what is not interpreted is refused by name: %s', (_, definition, message) => {
    expect(reading(definition)).toThrow(UnsupportedDefinition);
    expect(reading(definition)).toThrow(message);
  });
});
