import { powerFence } from '../../lib/engines/power-fence';
import { StaleEpoch } from '../../lib/domain/errors';
import type { HostControl } from '../../lib/ports/host-control';

const effect = { epoch: 8, deadlineMs: 1_000 };

const fenceBeside = (raiseEpoch: () => Promise<unknown>) => {
  const stopped: number[] = [];
  const hosts: HostControl = {
    status: async () => ({ up: true, engine: 'stopped', epoch: 8 }),
    stop: async (_zone, { epoch }) => void stopped.push(epoch),
    rejoin: () => Promise.reject(new Error('nobody rejoins here')),
  };
  return { stopped, fence: () => powerFence({ hosts, store: 'PostgreSQL', raiseEpoch }, 'az-a', effect) };
};

describe('a fence by power', () => {
  it('stops a store that is too ill to tell the epoch', async () => {
    const { fence, stopped } = fenceBeside(() => Promise.reject(new Error('53100: no space left on device')));
    expect(await fence()).toMatchObject({ kind: 'power', holds: true });
    expect(stopped).toEqual([8]);
  });

  it('asks again when a newer epoch has ended its session, and then leaves the store alone', async () => {
    const answers = [new Error('the session was ended'), new StaleEpoch('epoch 9 is in force there')];
    const { fence, stopped } = fenceBeside(() =>
      Promise.reject(answers.shift() ?? new Error('asked too often')),
    );
    await expect(fence()).rejects.toMatchObject({ name: 'StaleEpoch' });
    expect(stopped).toEqual([]);
  });
});
