/** Sentry: reading one issue, listing many, and what is changed there. */
import type { IssueRef, PersonKey } from '../../core/refs';
import type { ReadOptions } from '../source';
import { createSentryCall, type CallOptions, type SentryCallOptions } from './call';
import { checkSentry, type SentryCheck } from './check';
import { createLists } from './list';
import { createMembers } from './members';
import { checkProject, lookAt, readIssue, type Reading } from './one';
import type { TaskAt } from './wire/links';
import type { WireContext } from './wire/snapshot';
import { createSentryWrites } from './write';

export type SentryOptions = SentryCallOptions & {
  /** Whom Sentry means: an e-mail, a username, a name or `user:<id>`. */
  person: (who: string) => PersonKey | undefined;
  /** Which links are tasks; without it none is. */
  taskAt?: TaskAt;
};
export type Sentry = ReturnType<typeof createSentry>;

/** The client of one organisation. Methods throw {@link ErrandError} with the `sentry_…` codes. */
export function createSentry(options: SentryOptions) {
  const { org, person, taskAt, now = Date.now } = options;
  const call = createSentryCall(options);
  const members = createMembers(call, options.now);
  const context = (): WireContext => ({
    org,
    now: new Date(now()).toISOString(),
    person,
    base: options.baseUrl,
    taskAt,
  });
  const reading: Reading = { call, members, org, person, context };
  return {
    ...createSentryWrites(call, members),
    ...createLists(call, context, options.warn, options.now),
    readIssue: (ref: IssueRef, environments: string[], how?: ReadOptions) => readIssue(reading, ref, environments, how),
    lookAt: (ref: IssueRef, how?: ReadOptions) => lookAt(reading, ref, how),
    checkProject: (slug: string, how?: CallOptions) => checkProject(reading, slug, how),
    /** For the start: token, organisation, projects. Reads only. */
    check: (): Promise<SentryCheck> => checkSentry(call, options.token),
  };
}
