import { renderCompact, wantedFields } from './fields';
import { refuse } from './errors';
import { Ref, type ResourceType } from './ref';
import { type Answer, type Call, json } from '../serve';
import type { World } from '../world';

const UNPAGED_LIMIT = 1000;
const TOKEN_LIFE = 60 * 60 * 1000;

/**
 * A list: `limit` between 1 and 100, an opaque `offset` that expires, `next_page` null at the end
 * (https://developers.asana.com/docs/pagination). A long list without `limit` is refused.
 */
export function listAnswer(world: World, call: Call, type: ResourceType, gids: readonly string[]): Answer {
  const wanted = wantedFields(call);
  const render = (page: readonly string[]): unknown[] =>
    page.map((gid) => renderCompact(world, new Ref(type, gid), wanted));
  const limit = limitOf(call);
  const after = offsetOf(call);
  if (limit === undefined) {
    if (gids.length > UNPAGED_LIMIT)
      throw refuse(
        400,
        'The result is too large. You should use pagination (may require specifying a workspace or a filter)!',
      );
    return json(200, { data: render(gids) });
  }
  const from = after === undefined ? 0 : gids.findIndex((gid) => BigInt(gid.split(':')[0] ?? 0) > BigInt(after));
  const rest = from === -1 ? [] : gids.slice(from);
  const page = rest.slice(0, limit);
  const last = page[page.length - 1];
  if (rest.length <= limit || last === undefined) return json(200, { data: render(page), next_page: null });
  return json(200, { data: render(page), next_page: nextPage(world, call, last.split(':')[0] ?? '') });
}

function limitOf(call: Call): number | undefined {
  const given = call.query.get('limit');
  if (given === null) return undefined;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw refuse(400, 'limit: Must be between 1 and 100');
  return limit;
}

function offsetOf(call: Call): string | undefined {
  const given = call.query.get('offset');
  if (given === null) return undefined;
  const [after, until] = Buffer.from(given, 'base64url').toString('utf8').split('|');
  if (after === undefined || !/^\d+$/.test(after) || !(Number(until) > Date.now())) {
    throw refuse(400, 'offset: Your pagination token has expired.');
  }
  return after;
}

function nextPage(world: World, call: Call, last: string): { offset: string; path: string; uri: string } {
  const offset = Buffer.from(`${last}|${Date.now() + TOKEN_LIFE}`).toString('base64url');
  const query = new URLSearchParams(call.query);
  query.set('offset', offset);
  const path = `${call.path.replace(/^\/api\/1\.0/, '')}?${query.toString()}`;
  return { offset, path, uri: `${world.url}/api/1.0${path}` };
}
