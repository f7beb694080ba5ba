import { startDeadline } from '../../engines/deadline';
import { leaderIn, readTopicView } from '../../engines/kafka/stretch/find-leader';
import { fetchFrom } from '../../engines/kafka/stretch/log-calls';
import { createSessions } from '../../engines/kafka/stretch/sessions';
import { untilSettled } from '../../engines/kafka/stretch/settle';
import type { OrderEventsOptions } from './order-events';

const maxBytes = 4 * 1024 * 1024;

/**
 * Every order that has an event the quorum holds, for comparison with what was acknowledged.
 * @throws DeadlineExceeded while a partition has no leader.
 */
export async function readOrderIds(
  { endpoints, topic }: OrderEventsOptions,
  timeoutMs: number,
): Promise<ReadonlySet<string>> {
  const sessions = createSessions(endpoints);
  const deadline = startDeadline(timeoutMs);
  const ids = new Set<string>();
  const view = await untilSettled(deadline, `${topic} to be read`, (attempt) =>
    readTopicView(sessions, topic, attempt),
  );
  for (const { index } of view.partitions) {
    let offset = 0;
    await untilSettled(deadline, `${topic}-${index} to be read to its end`, async (attempt) => {
      const now = await readTopicView(sessions, topic, attempt);
      return sessions.askIn(leaderIn(now, index), attempt, async (connection) => {
        const fetched = await connection.ask(fetchFrom({ topic, index }, offset, { maxBytes }), attempt);
        for (const { key } of fetched.records) if (key !== null) ids.add(key);
        offset = (fetched.records.at(-1)?.offset ?? offset - 1) + 1;
        return offset >= fetched.highWatermark ? true : null;
      });
    });
  }
  return ids;
}
