import type { Command, Reply } from './connection';

export const readReplication: Command = ['INFO', 'replication'];

export interface ConnectedReplica {
  readonly host: string;
  readonly port: number;
  readonly state: string;
  /** As of its last acknowledgement, which comes once a second, or when a WAIT asks for it. */
  readonly offset: number;
}

/** What a server says of its replication; offsets are bytes of one history, named by its id. */
export interface ReplicationInfo {
  readonly isReplica: boolean;
  readonly history: string;
  /** Written here, or, on a replica, received and applied. */
  readonly offset: number;
  readonly replicas: readonly ConnectedReplica[];
  readonly upstream: { readonly host: string; readonly port: number; readonly isUp: boolean } | null;
  readonly upstreamDownSeconds: number | null;
}

const linesOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\r\n').flatMap((line): readonly [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );

function asReplica(text: string): ConnectedReplica {
  const parts = new Map(text.split(',').map((part) => part.split('=') as [string, string]));
  return {
    host: parts.get('ip') ?? '',
    port: Number(parts.get('port')),
    state: parts.get('state') ?? '',
    offset: Number(parts.get('offset')),
  };
}

/** Parses `INFO replication` of Redis 6 and 7. */
export function asReplicationInfo(reply: Reply): ReplicationInfo {
  const lines = linesOf(String(reply));
  const isReplica = lines.get('role') === 'slave';
  const host = lines.get('master_host');
  const down = lines.get('master_link_down_since_seconds');
  return {
    isReplica,
    history: lines.get('master_replid') ?? '',
    offset: Number(lines.get(isReplica ? 'slave_repl_offset' : 'master_repl_offset')),
    replicas: [...lines].filter(([name]) => /^slave\d+$/.test(name)).map(([, text]) => asReplica(text)),
    upstream:
      isReplica && host !== undefined
        ? { host, port: Number(lines.get('master_port')), isUp: lines.get('master_link_status') === 'up' }
        : null,
    upstreamDownSeconds: down === undefined || Number(down) < 0 ? null : Number(down),
  };
}
