/** The single values of the rules' form: patterns, durations, names, zones. Each says in words what it wants. */
import { IANAZone } from 'luxon';
import { z } from 'zod';
import { DURATION, durationMs } from '../core/time';
import { didYouMean, quote } from './mistakes';
import { patternProblem } from './pattern';

/** Names, reasons and addresses; longer than any vendor accepts for a name. */
const TEXT_LENGTH = 500;
/** A pattern may be negated, so its `!` is counted on top of the 500. */
const PATTERN_LENGTH = 501;

/** Milliseconds of `30s`, `5m`, `1h`, `90d`, `100ms`, `0`; undefined when it is none. */
export function milliseconds(text: string | number): number | undefined {
  return text === 0 || text === '0' ? 0 : durationMs(String(text));
}

const asDuration = 'must be a duration such as 30s, 5m, 1h or 90d, ten years at most';
/** In the file `5m`; in the Rules milliseconds. */
export const duration = z
  .union([z.string().regex(new RegExp(`^(0|${DURATION})$`), { error: asDuration, abort: true }), z.literal(0)], {
    error: asDuration,
  })
  .refine((text) => milliseconds(text) !== undefined, { error: asDuration })
  .transform((text) => milliseconds(text) ?? 0);

/** One line of text for people or for a vendor. */
export const text = z
  .string()
  .min(1)
  .max(TEXT_LENGTH)
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .refine((s) => !/[\u0000-\u0008\u000A-\u001F\u007F]/.test(s), { error: 'must be one line' });

/** A name or a gid. Gids may be written without quotes while JavaScript can hold them exactly (2^53). */
export const name = z
  .union([
    text,
    z.number().refine((n) => Number.isSafeInteger(n) && n >= 0, {
      error: 'is no whole number that can be read exactly; put it in quotes',
    }),
  ])
  .transform(String);

/**
 * A key under `people` or `teams`. Never an e-mail address, because keys stand in workflow histories, ids and search
 * attributes.
 */
export const key = z
  .string()
  .max(64)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, {
    error: 'must be a short name of letters, digits, ".", "_" and "-" (not an e-mail address)',
  });

/** An IANA time zone, such as Europe/Warsaw. */
export const timezone = z
  .string()
  .max(64)
  .superRefine((zone, context) => {
    if (IANAZone.isValidZone(zone)) return;
    const meant = didYouMean(zone, Intl.supportedValuesOf('timeZone'));
    context.addIssue({
      code: 'custom',
      message: `is no time zone: ${quote(zone)}${meant || '; write one such as "Europe/Warsaw"'}`,
    });
  });

/** A glob, a `/regular expression/i`, or either behind a `!`. */
export const pattern = z
  .string()
  .min(1)
  .max(PATTERN_LENGTH)
  .superRefine((written, context) => {
    const problem = patternProblem(written);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

/** One pattern or a list of them. */
export const patterns = z
  .union([pattern, z.array(pattern).min(1).max(200)])
  .transform((p) => (Array.isArray(p) ? p : [p]));

/** A Sentry project slug as a glob: no `!`, no regular expression, because the first that fits decides. */
export const projectGlob = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^!/]/, { error: 'must be a project slug or a glob such as "checkout-*"' });
