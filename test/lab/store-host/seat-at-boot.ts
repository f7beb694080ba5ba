import type { SeatAtBoot } from '../../../lib/lab/store-host/boot-decision';
import { seatWith } from '../../domain/decision/world';

/** A free seat: this zone writes all stores, with no standby. */
export const seatAtBoot = (writer: string, epoch: number): SeatAtBoot =>
  seatWith({ writer, epoch, eligible: null });
