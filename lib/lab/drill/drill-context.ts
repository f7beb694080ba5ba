import type { Connection } from '../../cli/connection';
import type { Seat } from '../../domain/protocol/seat';
import type { ZoneId } from '../../domain/topology';
import { dataZones } from '../../domain/topology';
import type { Traffic } from '../../ports/traffic';
import type { Lab } from '../lab';
import type { ServiceContext } from '../zone-services';
import { everyPlace } from './places';

/** A lab that is up, and its deployment as the CLI reaches it. */
export interface DrillContext {
  readonly lab: Lab;
  readonly connection: Connection;
  readonly traffic: Traffic;
  readonly services: ServiceContext;
  readonly home: ZoneId;
  readonly say: (line: string) => void;
}

/** The data zone that is not this one. */
export const otherThan = ({ lab }: Pick<DrillContext, 'lab'>, zone: ZoneId): ZoneId =>
  dataZones(lab.options.topology).find((each) => each !== zone) ?? zone;

export const otherZone = (context: DrillContext): ZoneId => otherThan(context, context.home);

export const seatOf = async ({ connection }: DrillContext): Promise<Seat | null> =>
  connection.store.readSeat();

/** Idle, home, each store with a proven standby in the other zone: what a drill starts from and ends in. */
export const isHomeAndWhole = async (context: DrillContext): Promise<boolean> => {
  const seat = await seatOf(context);
  const { topology } = context.lab.options;
  const other = otherZone(context);
  return (
    seat?.operation === null &&
    everyPlace(topology, seat, ({ writer, eligible }) => writer === context.home && eligible === other)
  );
};

export const objectivesOf = ({ lab }: DrillContext) => ({
  rto_seconds: lab.options.topology.policy.rtoMs / 1000,
  rpo_seconds: lab.options.topology.policy.rpoMs / 1000,
});
