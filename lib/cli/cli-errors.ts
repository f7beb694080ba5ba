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
