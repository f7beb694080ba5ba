import { DIVERGED } from './rows/copies';
import { CLOCKS, FLAPPING, NOISE } from './rows/noise';
import { OBJECTS } from './rows/objects';
import { PARTITIONS } from './rows/partitions';
import { PEOPLE } from './rows/people';
import { ABORTED, KILLED_IN_MID_STEP, REGION } from './rows/region';
import { RETRIED, STANDBY_LOST_FIRST } from './rows/standby';
import { FAILING_STEPS, LATE_PROMOTE } from './rows/steps';
import { ONE_STORE } from './rows/stores';
import { TRAFFIC } from './rows/traffic';
import { WITNESSES } from './rows/witnesses';
import { ZONE_LOST } from './rows/zone-lost';
import type { Scenario } from './scenario';

/** Every row there is, in the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  ...ZONE_LOST,
  ...ONE_STORE,
  ...DIVERGED,
  ...OBJECTS,
  ...PARTITIONS,
  ...WITNESSES,
  ...RETRIED,
  ...LATE_PROMOTE,
  ...STANDBY_LOST_FIRST,
  ...KILLED_IN_MID_STEP,
  ...REGION,
  ...FAILING_STEPS,
  ...TRAFFIC,
  ...PEOPLE,
  ...CLOCKS,
  ...NOISE,
  ...FLAPPING,
  ...ABORTED,
];
