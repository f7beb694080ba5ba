import type { Job } from './job';
import { runJob } from './job';

// Refusals are errors and come by the million: nobody reads where they were made.
Error.stackTraceLimit = 0;

/** A process that works off what it is told, one job after the other. */
process.on('message', (job: Job) => {
  void runJob(job).then(
    (exploration) => process.send?.({ exploration }),
    (cause: unknown) => process.send?.({ error: cause instanceof Error ? cause.message : String(cause) }),
  );
});
