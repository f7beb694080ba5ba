import type { ZoneId } from '../../domain/topology';
import type { OsUser } from '../store-host/os-user';
import type { RedisFiles } from './host-files';

/** One zone's Redis, and how it is run. */
export interface RedisHost {
  readonly files: RedisFiles;
  readonly place: { readonly zone: ZoneId; readonly listen: string; readonly port: number };
  readonly tools: { readonly server: string; readonly user: OsUser | null };
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface Upstream {
  readonly host: string;
  readonly port: number;
}
