import type { Json } from '../records';
import { type Answer, type Call, type Gate, json, Refusal, type Vendor } from '../serve';
import type { World } from '../world';

export const OWN_PROJECT = '42';
/** The latest ones are kept. */
const MOST_EVENTS = 1000;
const MOST_BYTES = 1024 * 1024;

/** The public key of the DSN: 32 hex digits, as Sentry's are. */
export const ownKey = (world: World): string => world.meta.appUuid.replace(/-/g, '');

const refused = (status: number, detail: string): Answer => json(status, { detail });

/**
 * The project that Errand tells of its own failures: Sentry's ingest, which takes envelopes
 * (https://develop.sentry.dev/sdk/foundations/data-model/envelopes/) and answers 200 with the event's id. An id that was
 * taken before is another delivery of the same event.
 */
export function ownSentry(world: World): Vendor {
  return {
    name: 'own',
    prefix: '/own',
    routes: [{ method: 'POST', path: '/api/:project/envelope/', run: (call) => take(world, call) }],
    gate: (call) => gate(world, call),
    failure: (status) =>
      status === 429
        ? json(
            429,
            { detail: 'Sentry dropped data due to a quota or internal rate limit being reached.' },
            { 'retry-after': '60' },
          )
        : refused(status, 'the request could not be handled'),
  };
}

function gate(world: World, call: Call): Gate {
  const key =
    /\bsentry_key=(\w+)/.exec(String(call.headers['x-sentry-auth'] ?? ''))?.[1] ?? call.query.get('sentry_key');
  if (key === null) return { refused: refused(401, 'missing authorization information') };
  return key === ownKey(world) && call.params.project === OWN_PROJECT
    ? {}
    : { refused: refused(403, 'event submission rejected with_reason: ProjectId') };
}

function take(world: World, call: Call): Answer {
  if (call.raw.length > MOST_BYTES) throw new Refusal(refused(413, 'envelope exceeded size limits for type event'));
  let rest = call.raw;
  const line = (): string => {
    const end = rest.indexOf('\n');
    const piece = end < 0 ? rest : rest.subarray(0, end);
    rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
    return piece.toString('utf8');
  };
  const header = parsed(line());
  let id = header.event_id;
  while (rest.length > 0) {
    const item = line();
    if (item === '') continue;
    const { type, length } = parsed(item);
    let payload: string;
    if (typeof length === 'number') {
      payload = rest.subarray(0, length).toString('utf8');
      rest = rest.subarray(length);
    } else payload = line();
    if (type !== 'event') continue;
    const event = parsed(payload);
    id = event.event_id ?? id;
    if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) throw new Refusal(refused(400, 'invalid event envelope'));
    keep(world, id, event);
  }
  return json(200, typeof id === 'string' ? { id } : {});
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Json;
  } catch {
    // Said below.
  }
  throw new Refusal(refused(400, 'invalid event envelope'));
}

function keep(world: World, id: string, event: Json): void {
  if (world.own.events.has(id)) return;
  world.own.events.set(id, { id, at: new Date().toISOString(), event });
  for (const old of world.own.events.all().slice(0, -MOST_EVENTS)) world.own.events.delete(old.id);
}
