import { doctor } from '../lab/doctor';
import { describeMachine } from '../lab/machine';
import { projectFolder } from './project-folder';
import { DoctorFoundGaps } from './cli-errors';
import type { Output } from './output';

/** Of the lab as it is shipped; one with more stores says at its start what else it needs. */
const wantedHere = { kafka: false, minio: false };

/** Looks and changes nothing. @throws DoctorFoundGaps after the list was printed */
export const doctorCommand = async (output: Output, options: { readonly json: boolean }): Promise<void> => {
  const diagnosis = doctor(describeMachine(projectFolder), wantedHere);
  output.result(options.json ? JSON.stringify(diagnosis, null, 2) : diagnosis.lines.join('\n'));
  if (diagnosis.ready) return;
  throw new DoctorFoundGaps(
    `something is missing; npm run drill installs it as root on Debian, or run:\n  ${diagnosis.commands.join('\n  ')}`,
  );
};
