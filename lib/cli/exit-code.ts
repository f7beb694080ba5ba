/** What `evac` ends with; scripts and CI rely on these. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  stillRunning: 4,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** By error name, so that an error from a state machine and one thrown here end alike. */
const CODES: Readonly<Record<string, ExitCode>> = {
  InvalidConfiguration: ExitCode.usage,
  InvalidRequest: ExitCode.usage,
  MissingEndpoint: ExitCode.usage,
  EndpointRefused: ExitCode.usage,
  LabNameRefused: ExitCode.usage,
  LabAlreadyUp: ExitCode.refused,
  Refused: ExitCode.refused,
  StaleEpoch: ExitCode.refused,
  StillRunning: ExitCode.stillRunning,
};

export const exitCodeOf = (errorName: string): ExitCode => CODES[errorName] ?? ExitCode.failed;
