/** What Errand changes in Sentry. Sentry may take a change with 200 and not make it, so its answer is compared with what was asked. */
import { ErrandError } from '../../errors';
import type { IssueRef, TaskRef } from '../../core/refs';
import { asRecord, asText } from '../http/json';
import type { CallOptions, SentryCall } from './call';
import type { SentryMembers } from './members';
import { statusOf } from './wire/snapshot';

type LinkInput = {
  ref: IssueRef;
  task: TaskRef;
  /** Shown before the task's number. */
  project: string;
  /** uuid of the integration's installation */
  installation: string | null;
};

const NO_INSTALLATION = 'No installation is known to link with: set SENTRY_INSTALLATION for the worker, too.';

export function createSentryWrites(call: SentryCall, members: SentryMembers) {
  return {
    linkIssue: (link: LinkInput, options: CallOptions = {}) => linkIssue(call, link, options),
    assign: (ref: IssueRef, who: string, options: CallOptions = {}) => assign(call, members, ref, who, options),
    resolve: (ref: IssueRef, options: CallOptions = {}) => resolve(call, ref, options),
  };
}

/**
 * Shows the task on the issue. An upsert on Sentry's side, one link per issue and app
 * (sentry_apps/api/endpoints/installation_external_issues.py): making it again after a lost answer does no harm.
 * @throws ErrandError `sentry_issue_not_found` when the issue is not there; `sentry_ignored` when the link that Sentry answers with is
 *   another one
 */
async function linkIssue(
  call: SentryCall,
  { ref, task, project, installation }: LinkInput,
  options: CallOptions,
): Promise<void> {
  const { issuePath, issueReads, post, read } = call;
  if (installation === null) throw new ErrandError('sentry_refused', NO_INSTALLATION);
  const id = Number(ref.id);
  const path = `/api/0/sentry-app-installations/${encodeURIComponent(installation)}/external-issues/`;
  const body = {
    issueId: Number.isSafeInteger(id) ? id : ref.id,
    webUrl: task.url,
    project: project,
    identifier: task.id,
  };
  let answer: Record<string, unknown>;
  try {
    answer = asRecord((await post(path, body, options)).body);
  } catch (error) {
    if (!(error instanceof ErrandError) || error.code !== 'sentry_issue_not_found') throw error;
    // It says the same of an issue that is gone or merged and of an installation that is not known.
    const issue = await read(issuePath(ref.id), { ...options, bucket: issueReads });
    if (issue.status === 404) throw error;
    expectSame(call, ref, asRecord(issue.body));
    // Where the uuid is from is not known here.
    const asked = `is installation ${installation} (SENTRY_INSTALLATION, or of the last signed delivery) the integration's?`;
    throw new ErrandError('sentry_refused', `${error.detail}; ${asked}`);
  }
  // PlatformExternalIssueSerializer (sentry_apps/api/serializers/platform_external_issue.py) names the issue `groupId` in 2019.
  const issue = asText(answer['issueId']) ?? asText(answer['groupId']);
  if (issue === ref.id && answer['webUrl'] === task.url) return;
  throw new ErrandError('sentry_ignored', `POST ${path}: the answer shows no link of this issue to the task.`);
}

/**
 * @param who an address, a username, or a number: sent as `user:<id>` where the members show it, because Sentry takes a
 *   name for the first user who is called so (api/helpers/group_index/validators/group.py, ActorField)
 * @throws ErrandError `sentry_refused` with Sentry's words, for example of somebody who is in no team of the project;
 *   `sentry_ignored` when it was taken and not made
 */
async function assign(
  call: SentryCall,
  members: SentryMembers,
  ref: IssueRef,
  who: string,
  options: CallOptions,
): Promise<void> {
  const id = await members.idOf(who, options);
  const answer = await changed(call, ref, { assignedTo: id ?? who }, 'assignedTo', options);
  if (isAssigned(answer['assignedTo'], id, who)) return;
  // Without the address: this stands in the history, in the Web UI and in attention.
  throw new ErrandError('sentry_ignored', `PUT ${call.issuePath(ref.id)}: the assignee is not the one asked for.`);
}

/**
 * Setting it twice changes nothing.
 * @throws ErrandError `sentry_ignored` for an issue of a type whose status only Sentry sets (issues/grouptype.py,
 *   `enable_user_status_and_priority_changes`)
 */
async function resolve(call: SentryCall, ref: IssueRef, options: CallOptions): Promise<void> {
  const answer = await changed(call, ref, { status: 'resolved' }, 'status', options);
  if (statusOf(answer) === 'resolved') return;
  const is = asText(answer['status']) ?? 'not told';
  throw new ErrandError('sentry_ignored', `PUT ${call.issuePath(ref.id)}: its status is ${is} afterwards.`);
}

/** The issue after a change; read once more where the answer does not show `field`. */
async function changed(
  call: SentryCall,
  ref: IssueRef,
  body: Record<string, unknown>,
  field: string,
  options: CallOptions,
) {
  const { change, issuePath, issueReads, read } = call;
  const answer = asRecord((await change(ref.id, body, options)).body);
  expectSame(call, ref, answer);
  if (field in answer) return answer;
  const again = asRecord((await read(issuePath(ref.id), { ...options, bucket: issueReads })).body);
  expectSame(call, ref, again);
  return again;
}

/**
 * A merged issue answers as its survivor (models/group.py, get_group_with_redirect), and a proxy may mix answers up: neither says
 * how this issue is. So it counts as not found, and whoever asked looks at the issue itself.
 */
function expectSame({ issuePath }: SentryCall, ref: IssueRef, answer: Record<string, unknown>): void {
  const id = asText(answer['id']);
  if (id !== undefined && id !== ref.id)
    throw new ErrandError('sentry_issue_not_found', `${issuePath(ref.id)}: the answer is about ${id}.`);
}

/** `assignedTo` of an issue against the person that was asked for. With neither number nor name in it nothing can be said against it. */
function isAssigned(assignedTo: unknown, id: string | undefined, who: string): boolean {
  if (assignedTo === null || assignedTo === undefined) return false;
  const { type, id: number, email, username, name } = asRecord(assignedTo);
  if (type === 'team') return false;
  const shown = asText(number);
  if (id !== undefined && shown !== undefined) return id === `user:${shown}`;
  const names = [asText(assignedTo), asText(email), asText(username), asText(name)].filter((one) => one !== undefined);
  // Organisations may hide addresses (enhanced privacy), and then nothing speaks for another person.
  if (asText(email) === undefined && asText(assignedTo) === undefined) return true;
  return names.some((one) => one.toLowerCase() === who.trim().toLowerCase());
}
