import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import { postgresOf } from '../../domain/topology';
import type { DrillContext } from '../drill/drill-context';
import { endProcess, isRunning } from '../process-identity';
import type { ZoneProcess } from '../zone-process';
import { byZone, startService } from '../zone-services';
import type { Answer } from '../zone-writer/ack-record';
import { readAnswers } from '../zone-writer/ack-record';

/** A writer inside each zone that tries both servers every 5 ms, and goes on doing so whatever is cut off. */
export interface ZoneWriters {
  /** Starts those that died with their zone again; the zones have to be back. */
  ensure(): void;
  /** @throws DeadlineExceeded when one cannot be ended */
  stop(): Promise<void>;
  answers(): readonly Answer[];
  /** What they wrote, a file a zone. */
  readonly files: Readonly<Record<ZoneId, string>>;
}

const EVERY_MS = 5;
const END_GRACE_MS = 3_000;

export const startZoneWriters = (context: DrillContext, name: string): ZoneWriters => {
  const { lab, services } = context;
  const { topology } = lab.options;
  const zones = topology.zones.map(({ id }) => id);
  const files = Object.fromEntries(
    zones.map((zone) => [zone, join(lab.zones.layout.folder, `${name}.writer-${zone}.jsonl`)]),
  );
  const servers = byZone(postgresOf(topology));
  const running = new Map<ZoneId, ZoneProcess>();
  const start = (zone: ZoneId): void => {
    const writer = startService(services, {
      place: zone,
      name: 'zone-writer',
      args: { zone, server: servers, record: files[zone] ?? '', 'every-ms': String(EVERY_MS) },
      env: { ORDERS_DB_PASSWORD: services.workloadPasswords.postgres ?? '' },
    });
    running.set(zone, writer);
  };
  const ensure = (): void => {
    for (const zone of zones) {
      const writer = running.get(zone);
      if (writer === undefined || !isRunning(writer)) start(zone);
    }
  };
  ensure();
  return {
    ensure,
    stop: async () => {
      await Promise.all([...running.values()].map((writer) => endProcess(writer, END_GRACE_MS)));
    },
    answers: () => Object.values(files).flatMap(readAnswers),
    files,
  };
};
