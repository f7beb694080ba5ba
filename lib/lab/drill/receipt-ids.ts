import { join } from 'node:path';
import { Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import { objectsOf } from '../../domain/topology';
import { bundlesIn } from '../bring-up';
import type { Lab } from '../lab';
import { objectsFolderOf } from '../objects-services';

const TIMEOUT_MS = 60_000;

const receiptIn = (line: string): readonly [string, number] => {
  const [versions = '', id = ''] = line.split('\t');
  return [id, Number(versions)];
};

/**
 * The orders that a zone's store has a receipt of and how many versions of it, asked from inside that zone: no fault of the
 * network is in the way. @throws Unreachable
 */
export const readReceipts = async (lab: Lab, zone: ZoneId): Promise<ReadonlyMap<string, number>> => {
  const { options, zones, processes } = lab;
  const at = objectsOf(options.topology)?.endpoints[zone];
  const folder = join(objectsFolderOf(zones.layout), zone);
  try {
    const text = await processes.runInZone({
      place: zone,
      command: process.execPath,
      args: [
        bundlesIn(lab)['objects-ask'],
        '--folder',
        folder,
        '--endpoint',
        `http://${at?.host}:${at?.port}`,
      ],
      env: {},
      timeoutMs: TIMEOUT_MS,
    });
    return new Map(text.split('\n').filter(Boolean).map(receiptIn));
  } catch (cause) {
    throw new Unreachable(`the receipts could not be read in the objects of ${zone}: ${String(cause)}`, {
      cause,
    });
  }
};
