import { writeFileSync } from 'node:fs';
import { fieldOf } from '../engines/network-failure';

/** A weight of about nine against one, as for single processes. */
const REGION_NICE = -10;

/** No such kernel, or not for us to say: the Region then has the share that it had. */
const ACCEPTED = ['ENOENT', 'EACCES', 'EPERM'];

/**
 * On AWS the Region and its Lambdas share no core with the workload. Where the kernel parts the cores between sessions
 * (autogroup), the whole Region of a lab would get what a single connection of PostgreSQL gets, and a busy machine would look like
 * a Region that is away for seconds.
 * @param file of the session's first process, `/proc/<pid>/autogroup`
 * @returns whether the kernel took it
 */
export const favourRegion = (file: string): boolean => {
  try {
    writeFileSync(file, String(REGION_NICE), { flag: 'r+' });
    return true;
  } catch (error) {
    if (!ACCEPTED.includes(String(fieldOf(error, 'code')))) throw error;
    return false;
  }
};
