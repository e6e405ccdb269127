import { asanaError } from './errors';
import { placeRoutes } from './places';
import { relationRoutes } from './relations';
import { taskRoutes } from './tasks';
import { Concurrency, Window } from '../limits';
import type { Call, Gate, Vendor } from '../serve';
import type { World } from '../world';

const PER_MINUTE = { free: 150, paid: 1500 };
const SEARCHES_PER_MINUTE = 60;
const READS_AT_ONCE = 50;
const WRITES_AT_ONCE = 15;
const CONCURRENCY_PAUSE = 5;

/** Pretend Asana: bearer tokens, its limits and its calls (https://developers.asana.com/docs/rate-limits). */
export function asana(world: World): Vendor {
  const minute = new Window(60_000);
  const searches = new Window(60_000);
  const concurrency = new Concurrency();
  return {
    name: 'asana',
    prefix: '/api/1.0',
    routes: [...taskRoutes(world), ...relationRoutes(world), ...placeRoutes(world)],
    gate: (call) => gate(world, call, minute, searches, concurrency),
    failure: (status) => asanaError(status),
  };
}

function gate(world: World, call: Call, minute: Window, searches: Window, concurrency: Concurrency): Gate {
  const token = /^Bearer\s+(\S+)$/i.exec(String(call.headers.authorization ?? ''))?.[1];
  if (token !== world.meta.tokens.asana) return { refused: asanaError(401) };
  const tooMany = (seconds: number): Gate => ({
    refused: { ...asanaError(429), headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) } },
  });
  // Refused requests count as well, so hammering does not help.
  const taken = minute.take(token, PER_MINUTE[world.meta.plan], true);
  if (!taken.allowed) return tooMany((taken.resetAt - Date.now()) / 1000);
  if (call.path.endsWith('/tasks/search')) {
    const search = searches.take(token, SEARCHES_PER_MINUTE, true);
    if (!search.allowed) return tooMany((search.resetAt - Date.now()) / 1000);
  }
  const read = call.method === 'GET';
  const release = concurrency.enter(read ? 'read' : 'write', read ? READS_AT_ONCE : WRITES_AT_ONCE);
  return release === undefined ? tooMany(CONCURRENCY_PAUSE) : { release };
}
