import { userInfo } from 'node:os';
import { assessRequest } from '../domain/decision/assess-request';
import { InvalidRequest } from '../domain/errors';
import { planMove } from '../domain/plan/move-plan';
import { placeOf } from '../domain/protocol/seat';
import type { Store } from '../domain/topology';
import { dataZones, leading, storesOf } from '../domain/topology';
import type { Connection } from './connection';
import { pastMoves } from './move-history';
import type { Output } from './output';
import { planText } from './plan-text';
import { takeSnapshot } from './snapshot';

export interface PlanOptions {
  readonly to?: string;
  readonly only?: readonly Store[];
  readonly emergency?: boolean;
  readonly json?: boolean;
}

/**
 * What a move would do, step by step, with what each takes on record, and whether it would be taken if it were asked for
 * now. Changes nothing, and puts nothing on record. @throws InvalidRequest without a zone, or for one that could never take over
 */
export const plan = async (connection: Connection, output: Output, options: PlanOptions): Promise<void> => {
  const { to, only, emergency } = options;
  if (to === undefined) throw new InvalidRequest('--to is missing: name the zone that would take over');
  const zones = dataZones(connection.topology);
  if (!zones.includes(to)) throw new InvalidRequest(`--to ${to}: only ${zones.join(' and ')} can take over`);
  const mode = emergency === true ? 'emergency' : 'planned';
  const snapshot = await takeSnapshot(connection);
  const reason = `a plan for ${userInfo().username}`;
  const request = { to, mode, reason, ...(only === undefined ? {} : { only }) } as const;
  const decision = assessRequest(snapshot, request);
  const { seat } = snapshot;
  const past = await pastMoves(connection.store, seat.epoch + 1);
  const { operation, reasons } = decision;
  const stores = operation?.stores ?? only ?? storesOf(connection.topology);
  const from = operation?.from ?? placeOf(seat, leading(stores)).writer;
  const { policy, traffic } = connection.topology;
  const inSteps = traffic.progressive !== undefined;
  const planned = planMove({ mode, stores, from, to, policy, past, inSteps });
  output.result(
    options.json === true
      ? JSON.stringify({ ...planned, allowed_now: operation !== null, reasons }, null, 2)
      : planText(planned, decision),
  );
};
