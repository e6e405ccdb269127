/** Three operators at a running application: what they send, what they are answered, and what is left of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActLogEntry } from '../../src/api/inbox/types';
import type { OperatorAct } from '../../src/contract';
import type { IssueDetail } from '../../src/core/issue/view';
import { startUp, temporaryDir, type App } from './app';

export const TOKENS = {
  viewer: 'viewer-token-of-the-test',
  operator: 'operator-token-of-a-test',
  admin: 'admin-token-of-the-test',
};
export type Who = keyof typeof TOKENS;
/** Names that are not their roles, so that a record that names the role is found out. */
export const OPERATOR_TOKENS = `vera:viewer:${TOKENS.viewer},otto:operator:${TOKENS.operator},ada:admin:${TOKENS.admin}`;

/** A body that each act takes. */
export const INPUT: Record<OperatorAct, object | undefined> = {
  resolve: undefined,
  reassign: { to: 'piotr' },
  retry: undefined,
  mute: { for: '1d' },
  unmute: undefined,
  recheck: undefined,
};

export type Refused = { error: { code: string; message: string; todo: string } };
export type Answer<T> = { status: number; key: string | null; body: T };
/** `otto` sends JSON to the operators' listener, unless this says otherwise. */
export type Post = { who?: Who; token?: string; key?: string; text?: string; type?: string; base?: string };
export type Opened = { id: string; issue: IssueDetail; task: string };

/** Starts the application for the three; the command line on its DATA_DIR is ada. */
export async function startWithOperators(): Promise<Operators> {
  const dataDir = temporaryDir();
  writeFileSync(join(dataDir, 'operator-token'), TOKENS.admin);
  return new Operators(await startUp({ dataDir, env: { OPERATOR_TOKENS } }));
}

export class Operators {
  constructor(readonly app: App) {}

  async post<T = Refused>(path: string, body?: object, o: Post = {}): Promise<Answer<T>> {
    const token = o.token ?? TOKENS[o.who ?? 'operator'];
    const answer = await fetch(`${o.base ?? this.app.running.operatorUrl}${path}`, {
      method: 'POST',
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(o.key === undefined ? {} : { 'idempotency-key': o.key }),
        'content-type': o.type ?? 'application/json',
      },
      body: o.text ?? (body === undefined ? '' : JSON.stringify(body)),
    });
    return { status: answer.status, key: answer.headers.get('idempotency-key'), body: (await answer.json()) as T };
  }

  /** Posts what must be answered with 200 and the issue. */
  async done(path: string, body?: object, o: Post = {}): Promise<IssueDetail> {
    const answer = await this.post<IssueDetail>(path, body, o);
    expect({ path, ...answer }).toMatchObject({ status: 200 });
    return answer.body;
  }

  get(path: string, who: Who): Promise<Response> {
    return fetch(`${this.app.running.operatorUrl}${path}`, { headers: { authorization: `Bearer ${TOKENS[who]}` } });
  }

  /** A new issue of anna's, with its task, listed. */
  async opened(title: string): Promise<Opened> {
    const { id } = await this.app.sandbox.raise({ title, platform: 'python' });
    const issue = await this.app.settled(id);
    // Acts find a short id in the lists.
    await this.app.listed(id);
    return { id, issue, task: issue.task?.id ?? '' };
  }

  async comments(task: string): Promise<number> {
    return (await this.app.sandbox.commentsOn(task)).length;
  }

  /** What the timeline tells of acts; the same one twice in a row is told once. */
  async asked(id: string): Promise<string[]> {
    return (await this.app.issue(id)).timeline.map((t) => t.what).filter((what) => what.includes(' asked: '));
  }

  logs(query = 'limit=500'): Promise<{ acts: ActLogEntry[]; next: string | null }> {
    return this.app.get(`/logs?${query}`);
  }

  /** The log's rows of an issue, newest first. */
  async logged(issue: string): Promise<ActLogEntry[]> {
    return (await this.logs()).acts.filter((a) => a.issue === issue);
  }
}

/**
 * Checks a refusal: its status, its code, something to do, and no words of a schema library.
 * @returns the message
 */
export function refused(answer: Answer<Refused>, status: number, code: string): string {
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  const { message, todo } = answer.body.error;
  expect(todo).not.toBe('');
  expect(message).not.toMatch(/invalid input|expected|received|undefined/i);
  return message;
}
