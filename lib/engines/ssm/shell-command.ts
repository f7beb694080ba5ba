/** One word for `sh`, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** `upstreamHost` as an option: `--upstream-host`. */
const optionName = (field: string): string =>
  `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The command line of `evac-host` (docs/aws-hosts.md): `evac-host stop --epoch '12' --timeout-ms '8000'`. */
export const shellCommand = (
  verb: 'status' | 'stop' | 'rejoin',
  options: Readonly<Record<string, string | number>>,
): string =>
  [
    'evac-host',
    verb,
    ...Object.entries(options).flatMap(([field, value]) => [optionName(field), quoted(String(value))]),
  ].join(' ');
