import * as wayHome from '../../../lib/lab/drill/way-home';
import { goHome } from '../../../lib/lab/scenarios/come-home';
import type { Row } from '../../../lib/lab/scenarios/scenario';

jest.mock('../../../lib/lab/drill/way-home');
const { returnHome } = jest.mocked(wayHome);

const rowWith = (settled: () => void): Row =>
  ({ history: { fromNowUntil: async () => settled() } }) as unknown as Row;

describe('the way home of a row', () => {
  it('is asked for again once the product has put itself in order', async () => {
    returnHome.mockRejectedValueOnce(new Error('no fresh word')).mockResolvedValueOnce(undefined);
    let waits = 0;
    await goHome(rowWith(() => void (waits += 1)));
    expect([waits, returnHome.mock.calls.length]).toEqual([1, 2]);
  });

  it('is given up when its time is over, with the last refusal', async () => {
    returnHome.mockRejectedValue(new Error('cooldown'));
    const now = jest.spyOn(performance, 'now');
    const late = rowWith(() => void now.mockReturnValue(Number.MAX_SAFE_INTEGER));
    await expect(goHome(late)).rejects.toThrow('cooldown');
    now.mockRestore();
  });
});
