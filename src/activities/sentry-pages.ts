/** Sentry's lists, page after page, with what they hide. */
import { workflowIdOf } from '../contract';
import type { Sentry } from '../integrations/sentry';
import type { IssueRef, IssueSnapshot } from '../types';
import { signal } from './failure';

/**
 * The issues that a search finds, and those of the categories that a search does not show by itself.
 * @param query in Sentry's search syntax, '' for all
 * @param goOn whether the page after this one is wanted
 */
export async function* eachPage(
  sentry: Pick<Sentry, 'listIssues' | 'listHidden'>,
  query: string,
  goOn: (page: IssueSnapshot[]) => boolean = () => true,
): AsyncGenerator<IssueSnapshot[]> {
  for (const list of ['listIssues', 'listHidden'] as const) {
    let cursor: string | undefined;
    do {
      const { issues, next } = await sentry[list](query, cursor, { signal: signal() });
      yield issues;
      cursor = goOn(issues) ? next : undefined;
    } while (cursor !== undefined);
  }
}

/** Ids in one question. */
export const BY_ID = 100;

/**
 * Workflow id → its issue, asked for by the ids, {@link BY_ID} at a time.
 * @param asked called after each question
 * @returns those that Sentry shows; who is not among them is merged, deleted or hidden from the token
 */
export async function shownById(
  sentry: Pick<Sentry, 'issuesById'>,
  refs: IssueRef[],
  asked: () => void,
): Promise<Map<string, IssueSnapshot>> {
  const shown = new Map<string, IssueSnapshot>();
  for (let i = 0; i < refs.length; i += BY_ID) {
    const ids = refs.slice(i, i + BY_ID).map(({ id }) => id);
    for (const issue of await sentry.issuesById(ids, { signal: signal() })) shown.set(workflowIdOf(issue.ref), issue);
    asked();
  }
  return shown;
}
