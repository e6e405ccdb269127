/** The published Sentry bodies, as they would arrive. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIR = join(__dirname, '..', '..', 'fixtures', 'sentry');

export const INSTALLATION = '7a485448-a9e2-4c85-8a3c-4f44175783c9';

/** Every body of a webhook; not the REST answers (`api.*`) and not the signature vector. */
export const BODIES = readdirSync(DIR).filter(
  (file) => file.endsWith('.json') && !file.startsWith('api.') && file !== 'derived.signature-vector.json',
);

export function json(file: string): unknown {
  return JSON.parse(readFileSync(join(DIR, file), 'utf8')) as unknown;
}

/** `mock.issue.created.json` → `issue`: the resource stands in a header, and so only in the file's name. */
export function resourceOf(file: string): string {
  return file.replace(/^(?:mock|derived|data_only)\./, '').split('.')[0] ?? '';
}

/** The bytes and headers of one delivery; `data_only.*` gets the envelope that it lacks. */
export function delivery(file: string): { raw: Buffer; headers: Record<string, string> } {
  const headers = { 'sentry-hook-resource': resourceOf(file) };
  if (!file.startsWith('data_only.')) return { raw: readFileSync(join(DIR, file)), headers };
  const action = file.split('.')[2];
  const actor = { type: 'application', id: 'sentry', name: 'Sentry' };
  const whole = { action, installation: { uuid: INSTALLATION }, data: json(file), actor };
  return { raw: Buffer.from(JSON.stringify(whole)), headers };
}
