/** One logger for a process: JSON lines on stdout, secrets cut out. */
import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Fields that may hold a secret, wherever they appear up to two levels deep. */
const REDACTED = [
  'token',
  'accessToken',
  'authToken',
  'apiKey',
  'botToken',
  'secret',
  'clientSecrets',
  'authorization',
];

export function createLog(name: string): Log {
  return pino({
    name,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: '[secret]' },
  });
}
