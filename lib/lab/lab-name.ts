const DEFAULT_NAME = 'evac';

/** One machine can hold several labs; EVAC_LAB names another than the usual one (tests run beside a person's lab). */
export const labNameOf = (environment: Readonly<Record<string, string | undefined>> = process.env): string =>
  environment['EVAC_LAB'] ?? DEFAULT_NAME;
