/**
 * Total readers of what somebody else sent: each takes anything and answers a value of the type in its name, or undefined.
 * None throws, none recurses, so neither a wrong shape nor a deep one can hurt the caller.
 */
type Fields = Record<string, unknown>;

/** A JSON object, not an array. */
export function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The same, or an empty one. */
export function asRecord(value: unknown): Fields {
  return record(value) ?? {};
}

/** An array, or an empty one. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/**
 * Text that says something, or a number as text: Sentry and Asana send some ids and counts either way. A whole number beyond 2^53 is
 * none: JSON.parse has rounded it, and as an id it would name something else.
 */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value))
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
