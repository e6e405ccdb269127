/**
 * Sentry's REST API (docs.sentry.io/api/): reading an issue, linking it to its task, assigning, resolving, reopening.
 * Paths end in a slash: without it Sentry redirects, which loses the body of a PUT or POST.
 */
import { steady } from '../clock';
import { ErrandError } from '../errors';
import type { Instant, IssueRef, IssueSnapshot, PersonKey, TaskRef } from '../types';
import { decodePlace } from './asana-places';
import { createMemory } from './asana-memory';
import { asList, asRecord, asText, createHttp, nextCursor } from './http';
import { createBucket, type Bucket } from './http-bucket';
import { checkSentry, type SentryCheck } from './sentry-check';
import { restToSnapshot } from './sentry-wire';

export type SentryOptions = {
  /** An origin: `https://us.sentry.io`. */
  baseUrl: string;
  token: string;
  /** The organisation's slug. */
  org: string;
  /** Whom Sentry means: an e-mail, a username, a name or `user:<id>`. */
  person: (who: string) => PersonKey | undefined;
  timeoutMs?: number;
  now?: () => number;
};
export type LinkInput = {
  ref: IssueRef;
  task: TaskRef;
  /** As `placeOf` makes it; its project is shown before the task's number. */
  place: string;
  /** uuid */
  installation: string;
};
export type Sentry = {
  /**
   * The issue as it is now, in at most three requests and one more for owners known only by number (the members, kept
   * for 10 minutes); 'missing' when Sentry does not know it (404). `environments`: seen before, they are kept in front.
   */
  readIssue(ref: IssueRef, environments: string[], options?: CallOptions): Promise<IssueSnapshot | 'missing'>;
  /**
   * One page (100) of the organisation's issues, latest event first; `query` in Sentry's search syntax, '' for all.
   * Merged and deleted issues are not in it. `next` is undefined on the last page.
   */
  listIssues(
    query: string,
    cursor?: string,
    options?: CallOptions,
  ): Promise<{ issues: IssueSnapshot[]; next?: string }>;
  /** Shows the task on the issue. Sentry keeps one link per issue and app, so making it again changes nothing. */
  linkIssue(input: LinkInput, options?: CallOptions): Promise<void>;
  /** Assigns to an e-mail, a username or `user:<id>`, or to nobody (null); false when Sentry does not take them (400). */
  assign(ref: IssueRef, who: string | null, options?: CallOptions): Promise<boolean>;
  resolve(ref: IssueRef, options?: CallOptions): Promise<void>;
  reopen(ref: IssueRef, options?: CallOptions): Promise<void>;
  /** For the start: token, organisation, projects. Reads only. */
  check(): Promise<SentryCheck>;
};
export type CallOptions = { signal?: AbortSignal };

/**
 * Reading one issue, and changing one: each 5 a second and caller on sentry.io; a fifth is left to others with this
 * token. No burst, which would come on top of the rate within the same second.
 */
const ISSUE_PER_MINUTE = 240;
const ISSUE_BURST = 1;
/** The other endpoints: 40 a second by default; half of it. */
const OTHER_PER_MINUTE = 1_200;
const OTHER_BURST = 20;
const MEMBERS_MS = 10 * 60_000;
/** A token without `member:read` is asked again now and then, since somebody may have granted it. */
const NO_MEMBERS_MS = 10 * 60_000;
/** 100 members a page: an organisation of 5,000. */
const MEMBER_PAGES = 50;
const ENVIRONMENTS_MAX = 20;

/** The client of one organisation. Methods throw {@link ErrandError} with the `sentry_…` codes. */
export function createSentry(options: SentryOptions): Sentry {
  const { org, person, now = Date.now } = options;
  const pace = options.now ?? steady;
  const http = createHttp({
    name: 'sentry',
    baseUrl: options.baseUrl,
    headers: { authorization: `Bearer ${options.token}` },
    timeoutMs: options.timeoutMs,
    now,
  });
  const issueReads = createBucket({ perMinute: ISSUE_PER_MINUTE, burst: ISSUE_BURST, now: pace });
  const issueWrites = createBucket({ perMinute: ISSUE_PER_MINUTE, burst: ISSUE_BURST, now: pace });
  const otherBucket = createBucket({ perMinute: OTHER_PER_MINUTE, burst: OTHER_BURST, now: pace });
  const members = createMemory<Map<string, string[]>>({
    now: pace,
    ttlMs: (found) => (found.size > 0 ? MEMBERS_MS : NO_MEMBERS_MS),
  });
  const organization = `/api/0/organizations/${encodeURIComponent(org)}`;
  const issuePath = (ref: IssueRef): string => `${organization}/issues/${encodeURIComponent(ref.id)}/`;
  /** `sentry-app-installations` lives in the control silo, which on SaaS answers at sentry.io only. */
  const control = controlOrigin(options.baseUrl);

  const read = (path: string, signal?: AbortSignal, bucket: Bucket = otherBucket, query?: Record<string, string>) =>
    http({ path, query, signal, bucket, expect: [404] });

  /** Something that the snapshot can do without: undefined when Sentry does not have it or does not show it. */
  async function extra(path: string, signal?: AbortSignal): Promise<unknown> {
    try {
      const answer = await read(path, signal);
      return answer.status === 404 ? undefined : answer.body;
    } catch (error) {
      if (error instanceof ErrandError && error.code === 'sentry_forbidden') return undefined;
      throw error;
    }
  }

  /** `user:<id>` → what else that member is called. */
  const memberNames = (signal?: AbortSignal): Promise<Map<string, string[]>> =>
    members.get(org, async () => {
      const names = new Map<string, string[]>();
      try {
        let cursor: string | undefined;
        for (let page = 0; page < MEMBER_PAGES; page += 1) {
          const query: Record<string, string> = cursor === undefined ? {} : { cursor };
          const answer = await read(`${organization}/members/`, signal, otherBucket, query);
          for (const member of asList(answer.body).map(asRecord)) {
            const user = asRecord(member['user']);
            const id = asText(user['id']);
            const called = [member['email'], user['email'], user['username'], member['name']].flatMap(
              (one) => asText(one) ?? [],
            );
            if (id) names.set(`user:${id}`, called);
          }
          cursor = nextCursor(answer);
          if (cursor === undefined) break;
        }
      } catch (error) {
        // Owners are a wish, not a need: what the token may not see is as if it were not there.
        if (!(error instanceof ErrandError) || error.entry.retry) throw error;
      }
      return names;
    });

  /** Asks for the members only when an owner is named by a number that the rules do not know. */
  async function finder(issue: unknown, signal?: AbortSignal): Promise<(who: string) => PersonKey | undefined> {
    const owners = asList(asRecord(issue)['owners']).map((one) => asText(asRecord(one)['owner']) ?? '');
    if (!owners.some((owner) => owner.startsWith('user:') && person(owner) === undefined)) return person;
    const names = await memberNames(signal);
    return (who) => {
      const known = person(who);
      if (known !== undefined) return known;
      for (const name of names.get(who) ?? []) {
        const key = person(name);
        if (key !== undefined) return key;
      }
      return undefined;
    };
  }

  async function put(ref: IssueRef, body: Record<string, unknown>, signal?: AbortSignal, expect?: number[]) {
    return http({ method: 'PUT', path: issuePath(ref), body, signal, bucket: issueWrites, expect });
  }

  return {
    async readIssue(ref, environments, { signal } = {}) {
      const at: Instant = new Date(now()).toISOString();
      const path = issuePath(ref);
      const [issue, event, links] = await Promise.all([
        read(path, signal, issueReads, { expand: 'owners' }),
        extra(`${path}events/latest/`, signal),
        extra(`${path}external-issues/`, signal),
      ]);
      if (issue.status === 404) return 'missing';
      const snapshot = restToSnapshot(issue.body, event, links, {
        org,
        now: at,
        person: await finder(issue.body, signal),
        askedId: ref.id,
        base: options.baseUrl,
      });
      if (!snapshot) throw new ErrandError('sentry_unavailable', `GET ${path}: the answer names no issue.`);
      const seen = [...new Set([...environments, ...snapshot.environments])];
      return { ...snapshot, environments: seen.slice(0, ENVIRONMENTS_MAX) };
    },

    async listIssues(query, cursor, { signal } = {}) {
      const page = {
        query,
        sort: 'date',
        limit: '100',
        collapse: 'stats',
        ...(cursor === undefined ? {} : { cursor }),
      };
      const answer = await read(`${organization}/issues/`, signal, otherBucket, page);
      if (answer.status === 404) throw new ErrandError('sentry_refused', `${organization}/issues/: 404.`);
      const ctx = { org, now: new Date(now()).toISOString(), person, base: options.baseUrl };
      const issues = asList(answer.body).flatMap((one) => restToSnapshot(one, undefined, undefined, ctx) ?? []);
      return { issues, next: nextCursor(answer) };
    },

    async linkIssue({ ref, task, place, installation }, { signal } = {}) {
      const id = Number(ref.id);
      const path = `/api/0/sentry-app-installations/${encodeURIComponent(installation)}/external-issues/`;
      // An upsert on Sentry's side, one link per issue and app: repeating it after a lost answer does no harm.
      const answer = await http({
        method: 'POST',
        path,
        origin: control,
        body: {
          issueId: Number.isSafeInteger(id) ? id : ref.id,
          webUrl: task.url,
          project: decodePlace(place).project || 'Asana',
          identifier: task.id,
        },
        signal,
        bucket: otherBucket,
        expect: [404],
      });
      if (answer.status === 404) {
        throw new ErrandError('sentry_refused', `POST ${path}: 404; is SENTRY_INSTALLATION the integration's?`);
      }
    },

    async assign(ref, who, { signal } = {}) {
      const { status } = await put(ref, { assignedTo: who ?? '' }, signal, [400]);
      return status !== 400;
    },

    async resolve(ref, { signal } = {}) {
      await put(ref, { status: 'resolved' }, signal);
    },

    async reopen(ref, { signal } = {}) {
      await put(ref, { status: 'unresolved' }, signal);
    },

    check: () => checkSentry((path, query) => read(path, undefined, otherBucket, query), organization),
  };
}

/** `https://us.sentry.io` → `https://sentry.io`; any other origin is its own. */
export function controlOrigin(baseUrl: string): string {
  const url = new URL(baseUrl);
  return url.hostname.endsWith('.sentry.io') ? 'https://sentry.io' : url.origin;
}
