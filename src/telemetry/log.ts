/** One logger for a process: JSON lines on stdout, secrets cut out. */
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { CATALOGUE } from '../errors';
import { scrub } from '../text/scrub';
import { escapedJson } from '../text/terminal';
import type { SelfSentry } from './self-sentry';

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
  'legacyToken',
  'password',
  'cookie',
  'authorization',
];

/** Pino's number for errors. */
const ERROR = 50;

/** Bytes that wait while stdout takes nothing; lines beyond that are dropped. */
const WAITING_MAX = 1024 * 1024;

/** A stdout that cannot be written, a file on a full disk, must neither end nor hold up the process whose log it is. */
function stdout(): DestinationStream {
  const stream = pino.destination({ fd: 1, sync: true, maxLength: WAITING_MAX });
  stream.on('error', () => undefined);
  // A log is read on terminals, and ids and names in it are foreign; JSON leaves C1 and the marks of direction as they are.
  return { write: (line) => stream.write(escapedJson(line)) };
}

/** @param self is told of every error; absent without SELF_SENTRY_DSN */
export function createLog(name: string, self?: SelfSentry): Log {
  const options: LoggerOptions = {
    hooks: {
      logMethod(args, method, level) {
        if (self && level >= ERROR) tell(self, args, level);
        method.apply(this, args);
      },
    },
    name,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: shownError },
    redact: { paths: REDACTED.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: '[secret]' },
  };
  return pino(options, stdout());
}

/**
 * A failure with a code of the catalogue says where it comes from; a stack is for what nobody expects. It is an ErrandError, or
 * what became of one on its way to Temporal.
 */
export function shownError(e: unknown): unknown {
  if (!(e instanceof Error)) return e;
  const found = 'code' in e ? e.code : 'type' in e ? e.type : undefined;
  const expected = typeof found === 'string' && Object.hasOwn(CATALOGUE, found) && found !== 'unexpected';
  if (expected) return { type: e.name, code: found, message: scrub(e.message) };
  // What nobody expected may say anything, also what it was working on.
  const shown = pino.stdSerializers.err(e);
  return { ...shown, message: scrub(shown.message), stack: scrub(shown.stack) };
}

/** Only words and numbers go out, of fields that hold no secret; the error itself with its stack. */
function tell(self: SelfSentry, args: unknown[], level: number): void {
  const [first, second] = args;
  const fields = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
  const words = typeof first === 'string' ? first : typeof second === 'string' ? second : undefined;
  const error = first instanceof Error ? first : fields['err'] instanceof Error ? fields['err'] : undefined;
  const extra = Object.entries(fields).filter(
    (field): field is [string, string | number] =>
      !REDACTED.includes(field[0]) && ['string', 'number'].includes(typeof field[1]),
  );
  self.capture({
    level: level > ERROR ? 'fatal' : 'error',
    message: words ?? error?.message ?? 'an error without words',
    error,
    extra: Object.fromEntries(extra),
  });
}
