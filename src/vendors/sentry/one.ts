/** Reading one issue of Sentry: whole, or its state alone; and whether its project is there. */
import { ErrandError, type AnyCode } from '../../errors';
import type { IssueSnapshot } from '../../core/issue/snapshot';
import type { IssueRef, PersonKey } from '../../core/refs';
import { asList, asRecord, asText } from '../http/json';
import { NotSent } from '../http/outage';
import type { ReadOptions } from '../source';
import { PERMISSION, type CallOptions, type SentryCall } from './call';
import type { SentryMembers } from './members';
import { restToSnapshot, type WireContext } from './wire/snapshot';

/** What a read works with. */
export type Reading = {
  call: SentryCall;
  members: SentryMembers;
  /** The organisation's slug. */
  org: string;
  person: (who: string) => PersonKey | undefined;
  context: () => WireContext;
};

const ENVIRONMENTS_MAX = 20;
/** Of a project that was renamed, with its new slug (api/exceptions.py, ProjectMoved). */
const MOVED = 302;
/** Its links, as `external-issues` lists them (issues/endpoints/group_details.py, `expand`); older servers leave them out. */
const LINKS = 'sentryAppIssues';
/** What Sentry says for good of a part: to wait for it would hold up the issue for nothing. */
const FOR_GOOD: AnyCode[] = ['sentry_forbidden', 'sentry_refused'];

/** The issue's own JSON; undefined when Sentry says that there is none. */
async function issueBody({ call }: Reading, id: string, { signal }: CallOptions): Promise<unknown> {
  const { issuePath, issueReads, read } = call;
  const query = { expand: ['owners', LINKS] };
  const answer = await read(issuePath(id), { signal, bucket: issueReads, query });
  return answer.status === 404 ? undefined : answer.body;
}

/** Finds people by the number, too, where the rules do not know it: asks for the members only then. */
async function finder(
  { members, person }: Reading,
  issue: unknown,
  options: ReadOptions,
  lacks: string[],
): Promise<(who: string) => PersonKey | undefined> {
  const owners = asList(asRecord(issue)['owners']).map((one) => asText(asRecord(one)['owner']) ?? '');
  const unknown = owners.filter((owner) => owner.startsWith('user:') && person(owner) === undefined);
  const found = new Map<string, PersonKey>();
  const find = async (): Promise<void> => {
    for (const owner of unknown) {
      const key = (await members.namesOf(owner, options)).flatMap((name) => person(name) ?? [])[0];
      if (key !== undefined) found.set(owner, key);
    }
  };
  await orLack(find, 'the members who own it', options, lacks);
  return (who) => person(who) ?? found.get(who);
}

/** @throws ErrandError `sentry_unavailable` when an issue's own JSON leaves out what Sentry always sends, or is of another organisation */
function expectWhole(org: string, path: string, body: unknown): void {
  const { title, project } = asRecord(body);
  const { slug, organization: owner } = asRecord(project);
  const lack = [typeof title !== 'string' ? 'title' : '', asText(slug) === undefined ? 'project' : ''];
  const what = lack.filter((one) => one !== '').join(' and ');
  // Rules by project would choose the wrong one, and a task without a title would stay.
  if (what !== '') throw new ErrandError('sentry_unavailable', `GET ${path}: the answer tells no ${what}.`);
  const of = asText(asRecord(owner)['slug']);
  if (of !== undefined && of !== org)
    throw new ErrandError('sentry_unavailable', `GET ${path}: the answer is of the organisation ${of}.`);
}

/**
 * Sentry merges within one project only (api/helpers/group_index/update.py@000b9535, prepare_response: "Merging across multiple
 * projects is not supported"), so a survivor elsewhere is a wrong answer, unless the project was renamed meanwhile: then Sentry says
 * where it is now.
 * @throws ErrandError `sentry_unavailable`
 */
async function expectProject(
  reading: Reading,
  path: string,
  slug: string,
  { project = '', signal }: ReadOptions,
): Promise<void> {
  if (project === '' || slug === project) return;
  const { status, body } = await readProject(reading, project, { signal });
  if (status === MOVED && asText(asRecord(body)['slug']) === slug) return;
  throw new ErrandError('sentry_unavailable', `GET ${path}: the answer is of the project ${slug}, not ${project}.`);
}

/** A project, or where it is now. */
const readProject = ({ call, org }: Reading, slug: string, { signal }: CallOptions) =>
  call.read(projectPath(org, slug), { signal, needs: PERMISSION.projects, expect: [MOVED] });
const projectPath = (org: string, slug: string): string =>
  `/api/0/projects/${encodeURIComponent(org)}/${encodeURIComponent(slug)}/`;

/** The issue alone, without its event and its links; `body` and `ctx` are what it was made of. */
async function readAlone(
  reading: Reading,
  ref: IssueRef,
  options: ReadOptions,
  lacks: string[],
): Promise<{ issue: IssueSnapshot; body: unknown; ctx: WireContext } | undefined> {
  const { call, context, org } = reading;
  const path = call.issuePath(ref.id);
  const body = await issueBody(reading, ref.id, options);
  if (body === undefined) return undefined;
  const ctx = { ...context(), person: await finder(reading, body, options, lacks), askedId: ref.id };
  const issue = restToSnapshot(body, undefined, undefined, ctx);
  if (!issue) throw new ErrandError('sentry_unavailable', `GET ${path}: the answer names no issue.`);
  expectWhole(org, path, body);
  const into = issue.mergedInto;
  if (into) await expectProject(reading, path, issue.project, options);
  // A merged issue answers as its survivor (models/group.py, get_group_with_redirect). So might a wrong answer: the survivor
  // must answer as itself.
  if (
    into &&
    restToSnapshot(await issueBody(reading, into.id, options), undefined, undefined, context())?.ref.id !== into.id
  )
    throw new ErrandError(
      'sentry_unavailable',
      `GET ${path}: the answer is about ${into.id}, which is not to be read.`,
    );
  return { issue, body, ctx };
}

/** Something that the snapshot can do without: undefined when Sentry does not have it or does not show it. */
async function orLack<T>(
  run: () => Promise<T>,
  what: string,
  { spare, extraFailed }: ReadOptions,
  lacks: string[],
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ErrandError)) throw error;
    // To wait for one's turn is no failure of this part. What Sentry answers is, also when it says how long to wait: it may for ever.
    if (error instanceof NotSent) throw error;
    if (!FOR_GOOD.includes(error.code) && !spare) {
      extraFailed?.();
      throw error;
    }
    lacks.push(`${what} (${error.detail ?? error.code})`);
    return undefined;
  }
}

const extra = (
  { call }: Reading,
  path: string,
  what: string,
  options: ReadOptions,
  lacks: string[],
): Promise<unknown> =>
  orLack(
    async () => {
      const answer = await call.read(path, { signal: options.signal });
      return answer.status === 404 ? undefined : answer.body;
    },
    what,
    options,
    lacks,
  );

/**
 * The issue as it is now, with its links: one request, then its latest event, beside it the links where the issue did not show
 * them, and where they are needed the members. 'missing' when Sentry says that there is none: deleted, being merged, or hidden.
 * @param environments seen before; they are kept in front
 */
export async function readIssue(
  reading: Reading,
  ref: IssueRef,
  environments: string[],
  options: ReadOptions = {},
): Promise<IssueSnapshot | 'missing'> {
  const path = reading.call.issuePath(ref.id);
  const lacks: string[] = [];
  const alone = await readAlone(reading, ref, options, lacks);
  if (!alone) return 'missing';
  const shown = Array.isArray(asRecord(alone.body)[LINKS]);
  const [event, links] = await Promise.all([
    extra(reading, `${path}events/latest/`, 'its latest event', options, lacks),
    shown ? undefined : extra(reading, `${path}external-issues/`, 'its links', options, lacks),
  ]);
  const snapshot = restToSnapshot(alone.body, event, links, alone.ctx) ?? alone.issue;
  const seen = [...new Set([...environments, ...snapshot.environments])].slice(0, ENVIRONMENTS_MAX);
  return { ...snapshot, environments: seen, ...(lacks.length > 0 ? { lacks } : {}) };
}

/** The issue alone, in one request: its state, dates and counts, not its event and its links. */
export async function lookAt(
  reading: Reading,
  ref: IssueRef,
  options: ReadOptions = {},
): Promise<IssueSnapshot | 'missing'> {
  return (await readAlone(reading, ref, options, []))?.issue ?? 'missing';
}

/**
 * That a project can be read, and so an issue of it that is missing is really not there. A renamed one counts: Sentry answers
 * with where it is now (api/bases/project.py, ProjectMoved).
 * @param slug '' when it is not known: then the organisation is asked for
 * @throws ErrandError `sentry_project_not_found`
 */
export async function checkProject(reading: Reading, slug: string, { signal }: CallOptions = {}): Promise<void> {
  const { call, org } = reading;
  const path = slug === '' ? `${call.organization}/` : projectPath(org, slug);
  const { status, body } =
    slug === ''
      ? await call.read(path, { signal, needs: PERMISSION.organization, expect: [MOVED] })
      : await readProject(reading, slug, { signal });
  if (status === 404) throw new ErrandError('sentry_project_not_found', `GET ${path}: 404.`);
  const { slug: is, id } = asRecord(body);
  if (status === MOVED && asText(is) === undefined)
    throw new ErrandError('sentry_unavailable', `GET ${path}: redirected, and not by Sentry.`);
  // An empty 2xx says nothing, and an issue would be taken for deleted on its word.
  if (asText(is) === undefined && asText(id) === undefined)
    throw new ErrandError('sentry_unavailable', `GET ${path}: the answer names nothing that can be read.`);
}
