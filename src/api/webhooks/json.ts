/** The JSON of a webhook's body, parsed once and only after its signature or its path was found right. */

/**
 * The deepest body that Sentry sends, an event with nested contexts, has some 15 levels; its own limit for them is 5 to 7
 * (getsentry/relay, relay-event-schema, `max_depth`). JSON.parse takes 1.8 s for 5 MB of brackets.
 */
export const DEPTH_MAX = 100;

/** @returns the value; undefined when it is no JSON, or more than {@link DEPTH_MAX} levels deep. Never throws. */
export function jsonOf(raw: Buffer): unknown {
  if (isTooDeep(raw)) return undefined;
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

// Single numbers: a look into a list for each byte takes several times as long.
const [QUOTE, BACKSLASH, OPEN_LIST, OPEN_OBJECT, CLOSE_LIST, CLOSE_OBJECT] = Buffer.from('"\\[{]}');

/** One pass over the bytes. */
function isTooDeep(raw: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < raw.length; i += 1) {
    const byte = raw[i] as number;
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth > DEPTH_MAX) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}
