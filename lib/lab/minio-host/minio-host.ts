import type { ZoneId } from '../../domain/topology';
import type { OsUser } from '../store-host/os-user';
import type { MinioFiles } from './host-files';

/** One zone's MinIO, and how it is run. */
export interface MinioHost {
  readonly files: MinioFiles;
  readonly place: { readonly zone: ZoneId; readonly listen: string; readonly port: number };
  readonly tools: { readonly server: string; readonly user: OsUser | null };
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** MinIO asks for one in each signature, and takes any. */
export const minioRegion = 'us-east-1';

export const endpointOf = ({ listen, port }: MinioHost['place']): string => `http://${listen}:${port}`;

/** The policy of the workload's user: its gate. */
export const workloadPolicyName = 'evac-workload';

/** Whom the server runs as: it needs nothing that is root's. */
export const minioOsUser = 'nobody';
