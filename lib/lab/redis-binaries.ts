import { findExecutable, executableFolders, runTool } from './run-tool';

/** 7.0 is the oldest that was tried. */
export const oldestRedis = 7;

/** The file is server and checker in one, and goes by the name it is called by. */
export const redisServerName = 'redis-server';

/** It needs no rights at all, and every machine has him. */
export const redisOsUser = 'nobody';

export interface RedisServer {
  /** To be started under the name `redis-server`. */
  readonly path: string;
  readonly version: string;
}

/**
 * The first Redis of at least version 7 in these folders; null when there is none. Debian's package redis-server would start
 * a server of its own on this machine; redis-tools has the same file under its other name and starts nothing.
 */
export function findRedis(folders = executableFolders()): RedisServer | null {
  const path = findExecutable(redisServerName, folders) ?? findExecutable('redis-check-rdb', folders);
  if (path === null) return null;
  const version = /\d+(\.\d+)+/.exec(runTool({ command: path, args: ['--version'], timeoutMs: 5_000 }))?.[0];
  return version === undefined || Number.parseInt(version, 10) < oldestRedis ? null : { path, version };
}
