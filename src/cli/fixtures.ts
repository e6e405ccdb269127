/** The recorded payloads that `errand send` knows, and how each travels. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT } from '../errors';
import { closest } from '../rules/mistakes';
import { Exit } from './context';

const DIR = join(__dirname, '..', '..', 'test', 'fixtures', 'sentry');
/** What a newcomer's first story is made of. */
export const FIRST_PAYLOAD = 'event_alert.triggered.node-exception';
const RESOURCES = [
  'installation',
  'issue',
  'error',
  'comment',
  'event_alert',
  'activity_alert',
  'metric_alert',
  'seer',
  'preprod_artifact',
];

export type Fixture = { name: string; body: unknown; raw: Buffer; resource: string; legacy: boolean };

/** Names of the webhook bodies that come with Errand. */
export function fixtureNames(): string[] {
  return readdirSync(DIR)
    .filter((f) => f.endsWith('.json') && resourceOf(f) !== undefined)
    .map((f) => f.replace(/\.json$/, ''))
    .sort();
}

/** The resource stands only in a header, so the file's name tells it: `[derived.|mock.|data_only.]<resource>.<action>…`. */
function resourceOf(file: string): string | undefined {
  const parts = basename(file).split('.');
  if (parts[0] === 'legacy_webhook') return 'legacy';
  const word = ['derived', 'mock', 'data_only'].includes(parts[0] ?? '') ? parts[1] : parts[0];
  return RESOURCES.find((r) => r === word);
}

/**
 * @param given a name of {@link fixtureNames}, with or without `.json`, or the path of a file
 * @param resource overrides what the name says
 * @throws Exit 2 when there is no such payload
 */
export function readFixture(given: string, resource?: string): Fixture {
  const known = join(DIR, given.endsWith('.json') ? given : `${given}.json`);
  const path = existsSync(given) ? given : known;
  if (!existsSync(path)) {
    const meant = closest(given, fixtureNames());
    throw new Exit(
      EXIT.usage,
      `There is no payload "${given}"${meant ? `; did you mean "${meant}"?` : ''}. \`errand send --list\` shows them all.`,
    );
  }
  let raw = readFileSync(path);
  let body: unknown;
  try {
    body = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Exit(EXIT.usage, `${path} is not JSON.`);
  }
  const what = resource ?? resourceOf(path) ?? guess(body);
  if (what === undefined)
    throw new Exit(
      EXIT.usage,
      `It cannot be told which resource ${basename(path)} is; say --resource issue, for example.`,
    );
  // Bodies from Sentry's unit tests hold only `data`: they travel in the envelope that Sentry puts around it.
  if (basename(path).startsWith('data_only.')) {
    const action = basename(path).split('.')[2] ?? 'created';
    body = {
      action,
      installation: { uuid: '00000000-0000-4000-8000-000000000000' },
      data: body,
      actor: { type: 'application', id: 'sentry', name: 'Sentry' },
    };
    raw = Buffer.from(JSON.stringify(body));
  }
  return { name: basename(path, '.json'), body, raw, resource: what, legacy: what === 'legacy' };
}

function guess(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('data' in body && typeof body.data === 'object' && body.data !== null) {
    if ('issue' in body.data) return 'issue';
    if ('event' in body.data) return 'event_alert';
    if ('error' in body.data) return 'error';
  }
  return 'event' in body && ('project' in body || 'project_slug' in body) ? 'legacy' : undefined;
}
