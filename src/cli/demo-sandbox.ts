/** The levers and the worlds of the running sandbox, as the scenes use them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../errors';
import { BELIEVED_MIN_MS } from '../vendors/calamari/budget';
import type { SandboxInfo } from '../process/sandbox-env';
import { Exit, type CliContext } from './context';

const TIMEOUT_MS = 15_000;
const START =
  'Start it with `npx errand up`, without credentials of Sentry and Asana; one that runs is found with the DATA_DIR that it runs with.';

/** @throws Exit 4 when no sandbox is running */
export function sandboxOf(ctx: CliContext): SandboxInfo {
  const sandbox = ctx.running()?.sandbox;
  if (!sandbox) throw new Exit(EXIT.unreachable, `The demo plays in the sandbox. ${START}`);
  return sandbox;
}

/** @throws Exit 4 when it refuses or cannot be reached */
export async function control<T>(
  sandbox: SandboxInfo,
  path: string,
  body: object = {},
  method: 'GET' | 'POST' | 'DELETE' = 'POST',
): Promise<T> {
  const sent = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${sandbox.url}/_control${path}`, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(method === 'POST' ? sent : {}),
  }).catch(() => undefined);
  if (!answer) throw new Exit(EXIT.unreachable, `The sandbox cannot be reached at ${sandbox.url}. ${START}`);
  if (!answer.ok) throw new Exit(EXIT.unreachable, `The sandbox at ${sandbox.url} did not do it (${answer.status}).`);
  return (await answer.json()) as T;
}

/**
 * Waits until Errand asks Calamari anew who is there: until a minute after its last question, because an answer is believed for
 * that long. In a sandbox that has used up much of its day's calls it is believed for longer, and this wait is too short.
 */
export async function untilAskedAnew(sandbox: SandboxInfo, say: (line: string) => void): Promise<void> {
  const log = await control<{ at: string; status: number }[]>(sandbox, '/log?vendor=calamari', {}, 'GET');
  const answered = log.findLast(({ status }) => status === 200);
  const wait = answered ? Date.parse(answered.at) + BELIEVED_MIN_MS - Date.now() : 0;
  if (wait <= 0) return;
  say(`  calamari  was asked a moment ago; the answer is used for a minute: waiting ${Math.ceil(wait / 1_000)} s`);
  await sleep(wait);
}

export type NewIssue = { title: string; project: string; platform?: string; level?: string; release?: string };

/**
 * A new error in pretend Sentry, which sends its webhook.
 * @returns its id
 * @throws Exit 1 when Errand refused the webhook: then there is no story to follow
 */
export async function newIssue(sandbox: SandboxInfo, issue: NewIssue): Promise<string> {
  // `status` is null when no answer came within Sentry's one second; it may be kept all the same.
  const { id, webhooks } = await control<{ id: string; webhooks: { status: number | null }[] }>(
    sandbox,
    '/sentry/issues',
    { environment: 'production', ...issue },
  );
  const refused = webhooks.find(({ status }) => status !== null && status >= 300);
  if (refused) throw new Exit(EXIT.finding, `Errand refused the webhook of pretend Sentry (${refused.status}).`);
  return id;
}

type World = {
  'asana-tasks': { gid: string; notes: string }[];
  'asana-stories': { task: string; type: string }[];
};

/** What pretend Asana holds of these issues. A task is known by its marker, the last line of its notes. */
export async function asanaOf(sandbox: SandboxInfo, ids: string[]): Promise<{ tasks: number; comments: number }> {
  const world = await control<World>(sandbox, '/world', {}, 'GET');
  const markers = new Set(ids.map((id) => `sentry:${sandbox.org}:${id}`));
  const tasks = world['asana-tasks'].filter((t) => markers.has(t.notes.trimEnd().split('\n').at(-1) ?? ''));
  const gids = new Set(tasks.map((t) => t.gid));
  const comments = world['asana-stories'].filter((s) => s.type === 'comment' && gids.has(s.task));
  return { tasks: tasks.length, comments: comments.length };
}
