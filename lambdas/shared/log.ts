import type { Log } from './ports';

const line = (level: string, message: string, detail: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ level, message, ...detail });

/** One JSON object a line, as CloudWatch Logs Insights reads it. */
export const createLog = (write: (text: string) => void): Log => ({
  info: (message, detail) => write(line('INFO', message, detail)),
  warn: (message, detail) => write(line('WARN', message, detail)),
});
