import { parseRequest } from '../../../lambdas/claim-failover/parse-request';
import { InvalidRequest } from '../../../lib/domain/errors';
import { topologyWith } from '../../domain/decision/world';

const good = { to: 'az-b', mode: 'planned', reason: 'maintenance' };
const parse = (input: unknown) => parseRequest(input, topologyWith());

const messageOf = (input: unknown): string => {
  try {
    parse(input);
  } catch (cause) {
    if (cause instanceof InvalidRequest) return cause.message;
    throw cause;
  }
  throw new Error('it was expected to be refused');
};

describe("a person's start", () => {
  it('is taken as it is, the reason trimmed', () => {
    expect(parse({ ...good, reason: ' maintenance ' })).toEqual(good);
    const full = {
      ...good,
      kind: 'rollback',
      overrideCooldown: true,
      acceptLossSeconds: 0,
      requestedBy: 'me',
    };
    expect(parse(full)).toEqual(full);
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no input', undefined, '"input" is nothing: ', /expected object/],
    ['null', null, '"input" is null: ', /expected object/],
    ['a text', 'az-b', '"input" is "az-b": ', /expected object/],
    ['no zone', { ...good, to: undefined }, '"to" is nothing: ', /expected one of "az-a"\|"az-b"/],
    ['an unknown zone', { ...good, to: 'az-x' }, '"to" is "az-x": ', /expected one of "az-a"\|"az-b"/],
    ['a zone without data', { ...good, to: 'az-c' }, '"to" is "az-c": ', /expected one of "az-a"\|"az-b"/],
    ['an unknown mode', { ...good, mode: 'fast' }, '"mode" is "fast": ', /"planned"\|"emergency"/],
    ['no reason', { to: 'az-b', mode: 'planned' }, '"reason" is nothing: ', /expected string/],
    ['an empty reason', { ...good, reason: '   ' }, '"reason" is "   ": ', /say why/],
    ['an unknown kind', { ...good, kind: 'degrade' }, '"kind" is "degrade": ', /"failover"\|"rollback"/],
    ['a wrong flag', { ...good, overrideCooldown: 1 }, '"overrideCooldown" is 1: ', /expected boolean/],
    ['a negative loss', { ...good, acceptLossSeconds: -1 }, '"acceptLossSeconds" is -1: ', />=0/],
    ['a name that is no text', { ...good, requestedBy: 5 }, '"requestedBy" is 5: ', /expected string/],
    [
      'an unknown field',
      { ...good, zone: 'az-b' },
      '"zone" is not known; ',
      /the fields are to, mode, reason, kind, only, overrideCooldown, acceptLossSeconds, requestedBy/,
    ],
    ['an epoch beside a request', { ...good, epoch: 8 }, '"epoch" is not known; ', /the fields are/],
  ])('names the field, what was found and what is allowed: %s', (_what, input, found, allowed) => {
    expect(messageOf(input)).toContain(`the start was refused: ${found}`);
    expect(messageOf(input)).toMatch(allowed);
    expect(messageOf(input)).toContain('Example: {"to":"az-b","mode":"planned","reason":"why"}');
  });

  it('names every field that is wrong at once', () => {
    const message = messageOf({ to: 'az-x', mode: 'fast', reason: '' });
    for (const field of ['to', 'mode', 'reason']) expect(message).toContain(`"${field}" is`);
  });
});
