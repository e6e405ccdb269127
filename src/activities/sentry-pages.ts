/** Sentry's lists, page after page, with what they hide. */
import { workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import { NotSent } from '../vendors/http/outage';
import type { Sentry } from '../vendors/sentry/client';
import type { SentryPage } from '../vendors/sentry/list';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { IssueRef } from '../core/refs';
import { signal } from './failure';

/** The source whose feed there is: its name in the registry. */
export const SWEPT = 'sentry';

/** A search, and the same of the categories that a search does not show by itself. */
export const LISTS = ['listIssues', 'listHidden'] as const;
export type ListName = (typeof LISTS)[number];

/** Why rows of a page are left alone that name no issue. */
export const UNREADABLE = 'a row of Sentry’s list names no issue';

/**
 * The issues that a search finds. An empty page is no end while there is a next one: Sentry cuts a page first, and of a
 * search for unresolved issues it then leaves out those that it shows with another status than it found them by, such as one that
 * resolved itself by its age (issues/endpoints/organization_group_index.py@0091ead9, get: "remove auto resolved entries").
 * @param query in Sentry's search syntax, '' for all
 * @param goOn whether the page after this one, which is not empty, is wanted
 */
export async function* eachPage(
  sentry: Pick<Sentry, ListName>,
  list: ListName,
  query: string,
  goOn: (page: IssueSnapshot[]) => boolean = () => true,
): AsyncGenerator<SentryPage> {
  const round = new Round();
  let cursor: string | undefined;
  do {
    const page = await sentry[list](query, cursor, { signal: signal() });
    const { issues, next } = page;
    round.look(issues, next);
    yield page;
    cursor = issues.length === 0 || goOn(issues) ? next : undefined;
  } while (cursor !== undefined);
}

/** 10,000 issues that all are left out: more than an organisation closes between two pages. */
const EMPTY_MAX = 100;

/** Notices a list that goes round: it would be read until the step's time is over, and again after that. */
class Round {
  private readonly cursors = new Set<string>();
  private readonly ids = new Set<string>();
  private empty = 0;

  /** @throws ErrandError `sentry_unavailable` when the page leads back, or shows nothing that was not shown before */
  look(issues: IssueSnapshot[], next: string | undefined): void {
    if (issues.length > 0 && issues.every(({ ref }) => this.ids.has(ref.id)))
      throw new ErrandError('sentry_unavailable', 'A page of the list of issues shows only what earlier pages showed.');
    this.empty = issues.length === 0 ? this.empty + 1 : 0;
    if (this.empty > EMPTY_MAX)
      throw new ErrandError('sentry_unavailable', 'The list of issues goes on, and shows none.');
    if (next !== undefined && this.cursors.has(next))
      throw new ErrandError('sentry_unavailable', 'The list of issues leads back to a page that was read.');
    for (const { ref } of issues) this.ids.add(ref.id);
    if (next !== undefined) this.cursors.add(next);
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

/** So many issues one after the other that cannot be read are no longer a fault of each: Sentry fails. */
const OUTAGE = 3;

/** Reads issues alone. One that Sentry cannot show costs itself only: it may fail for ever, and the others must not wait for it. */
export class Alone {
  private failed = 0;

  constructor(private readonly sentry: Pick<Sentry, 'lookAt'>) {}

  /**
   * @returns the error of one that cannot be shown
   * @throws ErrandError what Sentry says of the third in a row, of the token, or when our own limit is used up
   */
  async look(ref: IssueRef): Promise<IssueSnapshot | 'missing' | ErrandError> {
    try {
      const issue = await this.sentry.lookAt(ref, { signal: signal(), spare: true });
      this.failed = 0;
      return issue;
    } catch (error) {
      if (!(error instanceof ErrandError) || error instanceof NotSent || error.code === 'sentry_unauthorized')
        throw error;
      this.failed += 1;
      if (this.failed < OUTAGE) return error;
      // The next attempt has its own three.
      this.failed = 0;
      throw error;
    }
  }
}
