/**
 * A thin typed adapter over the `asana` package (3.2.0) that neutralises its traps:
 * - required arguments that are missing throw at once: every call runs inside an async function;
 * - bodies come first in its argument lists: only this file knows;
 * - a 2xx with a body that cannot be parsed is a SyntaxError without `status`: here the outcome is unknown, never "not sent";
 * - a body that is not JSON arrives as text: the shape of every answer is checked;
 * - `opt_fields` given as a list is sent wrongly: it is one string here;
 * - its pages write into the caller's options and stop at an empty page: here a loop of our own follows `next_page`;
 * - no keep-alive: reads and PUTs share an agent. POSTs use a fresh connection each, because an idle connection that
 *   the other side has just closed would look like a POST of unknown outcome;
 * - redirects are followed, which turns a POST into a GET: such an answer is refused;
 * - no AbortSignal and 60 s of patience: 10 s here.
 * Limits (developers.asana.com, "Rate limits"): 150 requests a minute on the free plan and 1,500 on paid ones, 15 writes
 * and 50 reads at a time. The plan is noticed from a 429: see {@link asanaBucket}.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  ApiClient,
  CustomFieldSettingsApi,
  ProjectsApi,
  SectionsApi,
  StoriesApi,
  TagsApi,
  TasksApi,
  UsersApi,
  WorkspacesApi,
} from 'asana';
import { ErrandError } from '../errors';
import { asList, asRecord, asText, CALL_TIMEOUT_MS, detailOf, retryAfterOf, saidOnce, type Warn } from './http';
import { BucketBusy, createBucket, createGate, type Bucket } from './http-bucket';

export type AsanaClientOptions = {
  /** Ends in `/api/1.0`; a trailing slash is optional. */
  baseUrl: string;
  token: string;
  bucket?: Bucket;
  timeoutMs?: number;
  now?: () => number;
  warn?: Warn;
};
export type Json = Record<string, unknown>;
/** How the answer of a call that fails without a definite refusal is to be read. */
type Kind = 'read' | 'put' | 'post';
type Page = { limit: number; offset?: string; opt_fields: string };

const PAID_PER_MINUTE = 1_500;
const FREE_PER_MINUTE = 150;
/** Asana looks at shorter spans than a minute, so little is sent at once. */
const BURST = 10;
/** After an hour without a 429 the paid rate is tried again: the plan may have changed, or a burst was to blame. */
const SLOW_FOR_MS = 3_600_000;
const READS_AT_ONCE = 50;
const WRITES_AT_ONCE = 15;
/** A 429 for too many calls at once is said to carry no Retry-After. */
const DEFAULT_PAUSE_MS = 5_000;
/** Longer waits are left to Temporal (`retryAfter`), so that an activity's attempt is not used up by waiting. */
const MAX_WAIT_MS = 10_000;
/** Twice what 100,000 open issues in one project would be. Longer listings are somebody's runaway project. */
const MAX_PAGES = 2_000;
const IDLE_SOCKET_MS = 30_000;

/** The bucket of one Asana token: the paid rate until a 429, then the free one until an hour has passed without any. */
export function asanaBucket(now?: () => number): Bucket {
  return createBucket({
    perMinute: PAID_PER_MINUTE,
    burst: BURST,
    learn: { perMinute: FREE_PER_MINUTE, forMs: SLOW_FOR_MS },
    now,
  });
}

export type AsanaClient = ReturnType<typeof createAsanaClient>;

/**
 * All calls that Errand makes to Asana. Each is one HTTP attempt, except the lists, which read all pages. They throw
 * {@link ErrandError}: `asana_unauthorized` 401, `asana_payment_required` 402, `asana_forbidden` 403, `asana_not_found`
 * 404, `asana_refused` other 4xx, `asana_unavailable` 429 (all callers wait as long as Asana asks), and for a timeout, a
 * reset, 408, 425, 5xx or an unreadable answer `asana_unavailable`, or after a POST `asana_outcome_unknown`.
 */
export function createAsanaClient(options: AsanaClientOptions) {
  const { now = Date.now, warn } = options;
  const bucket = options.bucket ?? asanaBucket(options.now);
  const basePath = options.baseUrl.replace(/\/+$/, '');
  const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
  const agentOptions = { keepAlive: true, maxSockets: READS_AT_ONCE + WRITES_AT_ONCE, timeout: IDLE_SOCKET_MS };
  const agent = basePath.startsWith('https:') ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const kept = apiClient(agent);
  const fresh = apiClient(null);
  const gates = { read: createGate(READS_AT_ONCE), write: createGate(WRITES_AT_ONCE) };
  const notices = new Set<string>();

  const tasks = new TasksApi(kept);
  const users = new UsersApi(kept);
  const workspaces = new WorkspacesApi(kept);
  const projects = new ProjectsApi(kept);
  const sections = new SectionsApi(kept);
  const tags = new TagsApi(kept);
  const stories = new StoriesApi(kept);
  const fields = new CustomFieldSettingsApi(kept);
  const newTasks = new TasksApi(fresh);
  const newTags = new TagsApi(fresh);
  const newStories = new StoriesApi(fresh);

  function apiClient(requestAgent: HttpAgent | null): ApiClient {
    const client = new ApiClient();
    client.basePath = basePath;
    client.timeout = timeoutMs;
    client.RETURN_COLLECTION = false;
    client.requestAgent = requestAgent;
    const { token } = client.authentications;
    if (token) token.accessToken = options.token;
    return client;
  }

  /** One attempt. `tooLate`: asked right before it is sent; a later look must see the outcome. */
  async function once(kind: Kind, what: string, send: () => Promise<unknown>, tooLate?: () => boolean): Promise<Json> {
    try {
      await bucket.take({ maxWaitMs: MAX_WAIT_MS });
    } catch (error) {
      if (!(error instanceof BucketBusy)) throw error;
      throw new ErrandError('asana_unavailable', `${what}: the rate limit is used up.`, error.waitMs);
    }
    return gates[kind === 'read' ? 'read' : 'write'](async () => {
      if (tooLate?.()) {
        throw new ErrandError('asana_unavailable', `${what}: not sent, too late in this attempt.`);
      }
      let answer: unknown;
      try {
        answer = await send();
      } catch (error) {
        throw failure(kind, what, error);
      }
      return read(kind, what, answer);
    });
  }

  function read(kind: Kind, what: string, answer: unknown): Json {
    const { data, response } = asRecord(answer);
    const change = asText(asRecord(asRecord(response).headers)['asana-change']);
    if (change && !notices.has(change)) {
      notices.add(change);
      warn?.('Asana announces a change of its API', { change: detailOf(change) });
    }
    if (asList(asRecord(response).redirects).length > 0) {
      const code = kind === 'post' ? 'asana_outcome_unknown' : 'asana_refused';
      throw new ErrandError(code, `${what}: redirected; ASANA_BASE_URL is not the real address.`);
    }
    const body = asRecord(data);
    if (typeof body['data'] !== 'object' || body['data'] === null) {
      throw new ErrandError(lost(kind), `${what}: the answer cannot be read.`);
    }
    return body;
  }

  function failure(kind: Kind, what: string, error: unknown): ErrandError {
    const { status, statusCode, response, code } = asRecord(error);
    // `statusCode` without `status`: a 2xx whose body was cut off.
    if (typeof status !== 'number') {
      const why =
        typeof statusCode === 'number' ? `answered ${statusCode} with a body that cannot be read` : asText(code);
      return new ErrandError(lost(kind), `${what}: ${why ?? 'no answer'}.`);
    }
    const headers = asRecord(asRecord(response).headers);
    const said = asList(asRecord(asRecord(response).body)['errors']).map((one) => {
      const { message, phrase } = asRecord(one);
      return saidOnce([asText(message), asText(phrase)]).join(' ');
    });
    // The token goes before the text is cut: half of it would be told otherwise.
    const text = `${what}: ${status} ${saidOnce(said).join('; ')}`;
    const detail = detailOf(options.token ? text.replaceAll(options.token, '…') : text);
    const retryAfter = retryAfterOf((name) => asText(headers[name]), now());
    if (status === 429) {
      bucket.refused(retryAfter ?? DEFAULT_PAUSE_MS);
      return new ErrandError('asana_unavailable', detail, retryAfter ?? DEFAULT_PAUSE_MS);
    }
    if (status === 401) return new ErrandError('asana_unauthorized', detail);
    if (status === 402) return new ErrandError('asana_payment_required', detail);
    if (status === 403) return new ErrandError('asana_forbidden', detail);
    if (status === 404) return new ErrandError('asana_not_found', detail);
    if (status >= 400 && status < 500 && status !== 408 && status !== 425)
      return new ErrandError('asana_refused', detail);
    if (retryAfter !== undefined) bucket.pause(retryAfter);
    return new ErrandError(lost(kind), detail, retryAfter);
  }

  async function one(kind: Kind, what: string, send: () => Promise<unknown>, tooLate?: () => boolean): Promise<Json> {
    return asRecord((await once(kind, what, send, tooLate))['data']);
  }

  /** All pages. @param pageRead called after each */
  async function all(
    what: string,
    optFields: string,
    send: (page: Page) => Promise<unknown>,
    pageRead?: () => void,
  ): Promise<Json[]> {
    const found: Json[] = [];
    let offset: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      // A fresh object for each page: the package keeps and changes what it is given.
      const at = offset;
      const body = await once('read', what, () =>
        send({ limit: 100, opt_fields: optFields, ...(at === undefined ? {} : { offset: at }) }),
      );
      found.push(...asList(body['data']).map(asRecord));
      pageRead?.();
      const next = asText(asRecord(body['next_page'])['offset']);
      if (next === undefined || next === offset) return found;
      offset = next;
    }
    throw new ErrandError('asana_refused', `${what}: more than ${MAX_PAGES} pages.`);
  }

  return {
    /** GET /users/me: the token's own user. */
    me: () => one('read', 'GET users/me', () => users.getUserWithHttpInfo('me', { opt_fields: 'gid,name,email' })),
    /** GET /workspaces/{workspace}/users/{e-mail or gid}. */
    userIn: (workspace: string, user: string) =>
      one('read', 'GET workspaces/…/users/…', () =>
        users.getUserForWorkspaceWithHttpInfo(workspace, user, { opt_fields: 'gid,name,email' }),
      ),
    /** GET /workspaces/{workspace}/users: at most 2,000, sorted by name. */
    usersIn: (workspace: string) =>
      all(`GET workspaces/${workspace}/users`, 'gid,name,email', (page) =>
        users.getUsersForWorkspaceWithHttpInfo(workspace, page),
      ),
    /** GET /users/{e-mail or gid}, with its workspaces. */
    user: (user: string) =>
      one('read', 'GET users/…', () =>
        users.getUserWithHttpInfo(user, { opt_fields: 'gid,name,email,workspaces.gid' }),
      ),
    workspaces: () => all('GET workspaces', 'gid,name', (page) => workspaces.getWorkspacesWithHttpInfo(page)),
    projects: (workspace: string) =>
      all('GET projects', 'gid,name,archived', (page) => projects.getProjectsWithHttpInfo({ ...page, workspace })),
    project: (project: string) =>
      one('read', `GET projects/${project}`, () =>
        projects.getProjectWithHttpInfo(project, { opt_fields: 'gid,name,archived,workspace.gid' }),
      ),
    sections: (project: string) =>
      all(`GET projects/${project}/sections`, 'gid,name', (page) =>
        sections.getSectionsForProjectWithHttpInfo(project, page),
      ),
    fields: (project: string) =>
      all(
        `GET projects/${project}/custom_field_settings`,
        ['gid', 'name', 'type', 'resource_subtype', 'enum_options.gid', 'enum_options.name', 'enum_options.enabled']
          .map((field) => `custom_field.${field}`)
          .join(','),
        (page) => fields.getCustomFieldSettingsForProjectWithHttpInfo(project, page),
      ),
    tags: (workspace: string) =>
      all('GET tags', 'gid,name', (page) => tags.getTagsForWorkspaceWithHttpInfo(workspace, page)),
    createTag: (workspace: string, name: string) =>
      one('post', 'POST tags', () => newTags.createTagForWorkspaceWithHttpInfo({ data: { name } }, workspace)),

    task: (task: string, optFields: string) =>
      one('read', `GET tasks/${task}`, () => tasks.getTaskWithHttpInfo(task, { opt_fields: optFields })),
    /** GET /tasks of one project, changed since `since` (ISO time), completed ones too. */
    tasksSince: (project: string, since: string, optFields: string, pageRead?: () => void) =>
      all(
        `GET tasks of project ${project}`,
        optFields,
        (page) => tasks.getTasksWithHttpInfo({ ...page, project, modified_since: since }),
        pageRead,
      ),
    createTask: (data: Json, optFields: string, tooLate: () => boolean) =>
      one('post', 'POST tasks', () => newTasks.createTaskWithHttpInfo({ data }, { opt_fields: optFields }), tooLate),
    updateTask: (task: string, data: Json) =>
      one('put', `PUT tasks/${task}`, () => tasks.updateTaskWithHttpInfo({ data }, task, { opt_fields: 'gid' })),
    subtasks: (task: string) =>
      all(`GET tasks/${task}/subtasks`, 'gid,name', (page) => tasks.getSubtasksForTaskWithHttpInfo(task, page)),
    createSubtask: (task: string, data: Json) =>
      one('post', `POST tasks/${task}/subtasks`, () =>
        newTasks.createSubtaskForTaskWithHttpInfo({ data }, task, { opt_fields: 'gid' }),
      ),
    stories: (task: string) =>
      all(`GET tasks/${task}/stories`, 'gid,text,type,resource_subtype,created_by.gid', (page) =>
        stories.getStoriesForTaskWithHttpInfo(task, page),
      ),
    createStory: (task: string, data: Json) =>
      one('post', `POST tasks/${task}/stories`, () =>
        newStories.createStoryForTaskWithHttpInfo({ data }, task, { opt_fields: 'gid' }),
      ),
    /** Closes the idle connections. */
    close: () => agent.destroy(),
  };
}

function lost(kind: Kind): 'asana_outcome_unknown' | 'asana_unavailable' {
  return kind === 'post' ? 'asana_outcome_unknown' : 'asana_unavailable';
}
