/** Lists of Asana, page after page. */
import { ErrandError } from '../../errors';
import { asRecord, asText } from '../http/json';

export type Page = { limit: number; offset?: string; opt_fields: string };
/** Twice what 100,000 open issues in one project would be. Longer listings are somebody's runaway project. */
const MAX_PAGES = 2_000;

/**
 * All pages. What is no list, a row without a gid, and a next page that is not named or was read before are no end of the list:
 * what is missing in it would be made again.
 * @param pageRead called after each
 */
export async function allPages(
  once: (what: string, send: () => Promise<unknown>) => Promise<Record<string, unknown>>,
  what: string,
  optFields: string,
  send: (page: Page) => Promise<unknown>,
  pageRead?: () => void,
): Promise<Record<string, unknown>[]> {
  const unreadable = (why: string): ErrandError => new ErrandError('asana_unavailable', `${what}: ${why}.`);
  const found: Record<string, unknown>[] = [];
  const seen = new Set<string>();
  let offset: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // A fresh object for each page: the package keeps and changes what it is given.
    const at = offset;
    const body = await once(what, () =>
      send({ limit: 100, opt_fields: optFields, ...(at === undefined ? {} : { offset: at }) }),
    );
    const rows = body['data'];
    if (!Array.isArray(rows)) throw unreadable('the answer is no list');
    const records = rows.map(asRecord);
    if (records.some((row) => asText(row['gid']) === undefined)) throw unreadable('a row of the list has no gid');
    found.push(...records);
    pageRead?.();
    const next = body['next_page'] ?? undefined;
    if (next === undefined) return found;
    offset = asText(asRecord(next)['offset']);
    if (offset === undefined || seen.has(offset)) throw unreadable('the list does not say where it goes on');
    seen.add(offset);
  }
  throw new ErrandError('asana_refused', `${what}: more than ${MAX_PAGES} pages.`);
}
