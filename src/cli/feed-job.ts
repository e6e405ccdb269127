/** What the feed does on demand, with a bar while it lasts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedProgress } from '../temporal/client/feeds';
import { Exit, wordsOf, type CliContext } from './context';
import { drawnBar } from './progress';

const POLL_MS = 300;
/** The bar fills by halves of what is left: nobody knows beforehand how many pages there are. */
const HALF_PAGES = 10;

/**
 * @param name of the route: `sweep`, `audit`, `rebuild`
 * @param words for the bar
 * @returns the report
 * @throws Exit with what is to be done before this, and not an issue, is tried again
 */
export async function feedJob<T extends object>(
  ctx: CliContext,
  name: string,
  request: object,
  words: (pages: number, signals: number, doing: string | null) => string,
): Promise<T> {
  const started = await ctx.ask<Record<string, string>>(`/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const bar = drawnBar(process.stderr);
  try {
    for (;;) {
      const answer = await ctx.ask<T | FeedProgress>(`/${name}/${encodeURIComponent(started[name] ?? '')}`);
      if (!('running' in answer)) return answer;
      const pages = answer.pages ?? 0;
      bar.draw(1 - 0.5 ** (pages / HALF_PAGES), words(pages, answer.signals ?? 0, answer.doing));
      await sleep(POLL_MS);
    }
  } catch (e) {
    if (!(e instanceof Exit) || !e.error) throw e;
    const error = { ...e.error, todo: e.error.todo.replaceAll('errand retry <id>', `errand ${name}`) };
    throw new Exit(e.code, wordsOf(error), error);
  } finally {
    bar.end();
  }
}
