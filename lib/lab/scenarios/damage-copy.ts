import { askRedis, onRedis } from '../drill/local-redis';
import { LabNotUp } from '../lab-errors';
import { REDIS_KEY_PREFIX } from '../orders/schema';
import type { Row } from './scenario';

/**
 * Past Evac and past replication, as somebody with a shell on the replica's machine might: one acknowledged order says something
 * else there, another one is gone. Answers their keys.
 */
export const damageReplica = async ({ lab, away: zone }: Row): Promise<readonly string[]> => {
  const orders = await askRedis(lab, zone, {
    what: 'the orders could not be read',
    prefix: REDIS_KEY_PREFIX,
  });
  const [changed, lost] = [...orders.keys()];
  if (changed === undefined || lost === undefined)
    throw new LabNotUp(`there are no orders in Redis in ${zone}`);
  await onRedis({ lab, zone }, 'its orders could not be changed', async (client) => {
    await client.config('SET', 'replica-read-only', 'no');
    await client.set(changed, 'nobody wrote this');
    await client.del(lost);
    await client.config('SET', 'replica-read-only', 'yes');
  });
  return [changed, lost];
};
