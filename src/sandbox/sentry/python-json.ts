/** Keys whose numbers are floats in Sentry's Python and therefore keep their `.0`. */
const FLOATS = new Set(['timestamp', 'received']);

/**
 * The bytes that Sentry's `json.dumps` puts on the wire: no spaces, non-ASCII escaped, `1.0` kept. A receiver that hashes
 * its own re-serialisation instead of these bytes gets another digest
 * (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/).
 */
export function pythonJson(value: unknown, key = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, child]) => child !== undefined);
    return `{${entries.map(([name, child]) => `${pythonJson(name)}:${pythonJson(child, name)}`).join(',')}}`;
  }
  if (typeof value === 'number' && Number.isInteger(value) && FLOATS.has(key)) return `${value}.0`;
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
