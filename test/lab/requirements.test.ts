import { describeWhere, whyNoLab } from './requirements';
import type { Jest } from './requirements';

/** Writes down what would have been asked of jest. */
function listeningJest(): { readonly jest: Jest; readonly asked: string[] } {
  const asked: string[] = [];
  const write =
    (what: string) =>
    (name: string): void =>
      void asked.push(`${what} ${name}`);
  return {
    asked,
    jest: {
      run: write('run'),
      skip: write('skip'),
      fail: (name, why) => void asked.push(`fail ${name}: ${why}`),
    },
  };
}

describe('tests that need a lab', () => {
  const fn = (): void => undefined;
  let said: jest.SpyInstance;
  beforeEach(() => {
    said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => said.mockRestore());

  test('run where they can', () => {
    const { jest: stand, asked } = listeningJest();
    describeWhere({ name: 'zones', whyNot: null, fn }, { ci: true, jest: stand });
    expect(asked).toEqual(['run zones']);
    expect(said).not.toHaveBeenCalled();
  });

  test('say why where they cannot', () => {
    const { jest: stand, asked } = listeningJest();
    describeWhere({ name: 'zones', whyNot: 'no root', fn }, { ci: false, jest: stand });
    expect(asked).toEqual(['skip zones']);
    expect(said).toHaveBeenCalledWith('NOT RUN: zones: no root\n');
  });

  test('fail under CI, which promised to run everything', () => {
    const { jest: stand, asked } = listeningJest();
    describeWhere({ name: 'zones', whyNot: 'no root', fn }, { ci: true, jest: stand });
    expect(asked).toEqual(['fail zones: not run: no root']);
  });

  test('need root', () => {
    expect(whyNoLab(1000)).toMatch(/root/);
  });
});
