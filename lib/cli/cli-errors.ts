import { EvacError } from '../domain/errors';

/** A lab configuration and no local endpoint: Evac never reaches for the real AWS instead. */
export class MissingEndpoint extends EvacError {}

/** It goes on without the CLI; the message says where to look. */
export class StillRunning extends EvacError {}

/** A state machine ended other than well; the message is its own. */
export class OperationFailed extends EvacError {}

/** The machine lacks a part of the lab; the message has the commands that bring it. */
export class DoctorFoundGaps extends EvacError {}

/** A drill ran and did not pass; the report says why. */
export class DrillFailed extends EvacError {}

/** A recorded decision does not follow from its own evidence and policy (I12); the message has both sides. */
export class NotReplayable extends EvacError {}

/** There is no such decision on record. */
export class NothingRecorded extends EvacError {}

/** Rows of the table of faults did not turn out as specified; the table says which, and why. */
export class ScenariosFailed extends EvacError {}

/** Two copies of a store do not hold the same; what was found is printed before. */
export class CopiesDiffer extends EvacError {}

/** Something could not be compared, so that nothing is proven; what and why is printed before. */
export class CopiesNotKnown extends EvacError {}
