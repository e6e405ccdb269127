/** The levers of a running world: make issues, hint, signal, look, wait. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import { ATTRIBUTE, workflowIdOf } from '../../src/contract';
import { keyLine } from '../../src/vendors/asana/writes';
import type { Rules } from '../../src/rules/load';
import type { Sandbox } from '../../src/sandbox';
import type { TemporalClient } from '../../src/temporal/client/client';
import type { DevServer } from '../../src/temporal/server/dev-server';
import type { Hint } from '../../src/core/issue/hint';
import type { IssueDetail } from '../../src/core/issue/view';
import type { IssueRef } from '../../src/core/refs';
import { SandboxView, type Ends } from './sandbox-view';
import { answered, until } from './waiting';

export type HistoryEvent = NonNullable<History['events']>[number];
type Parts = { sandbox: Sandbox; temporal: TemporalClient; rules: Rules; server: DevServer; stop: () => Promise<void> };
/** What a new issue in pretend Sentry may say. */
export type NewIssue = {
  title?: string;
  project?: string;
  environment?: string;
  release?: string;
  id?: string;
  firstSeen?: string;
  lastSeen?: string;
  category?: string;
  type?: string;
};
type Logged = { vendor: string; method: string; path: string; status: number };

/** WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND (temporal/api/enums/v1/failed_cause.proto). */
const UNHANDLED_COMMAND = 1;
/** Node's words for the time limit of `vm`. */
const STOOD_STILL = /Script execution timed out/;
/** `next` of an issue that waits for the outside. */
const QUIET = /^(Waits until|Closed on both sides|Quiet|No task|Over|Needs a person)/;

type Listed = Pick<WorkflowExecutionInfo, 'status' | 'memo' | 'typedSearchAttributes'>;
/** What visibility keeps of a run, by which it is listed. */
function rowOf({ status, memo, typedSearchAttributes }: Listed): string {
  const attributes = Object.values(ATTRIBUTE).map((key) => typedSearchAttributes.get<typeof key.type>(key) ?? null);
  return JSON.stringify([status.name, Object.entries(memo ?? {}).sort(), attributes]);
}

export class TestWorld {
  /** Every issue that was asked for, in order; each id is used once. */
  readonly refs: IssueRef[] = [];
  private number = 0;

  constructor(private readonly parts: Parts) {}

  get temporal(): TemporalClient {
    return this.parts.temporal;
  }
  get client(): Client {
    return this.parts.temporal.client;
  }
  get rules(): Rules {
    return this.parts.rules;
  }
  get server(): DevServer {
    return this.parts.server;
  }
  get sandbox(): Sandbox {
    return this.parts.sandbox;
  }
  stop(): Promise<void> {
    return this.parts.stop();
  }

  /** A name for an issue that Sentry does not know yet. */
  newRef(): IssueRef {
    this.number += 1;
    const ref = { source: 'sentry', scope: 'acme', id: String(7_000_000 + this.number) };
    this.refs.push(ref);
    return ref;
  }

  /** Makes an issue in pretend Sentry, in silence. */
  async raise(
    { title = 'Error: it broke', project = 'shop', ...more }: NewIssue = {},
    known?: IssueRef,
  ): Promise<IssueRef> {
    const ref = known ?? this.newRef();
    await this.control('sentry/issues', { title, project, ...more, id: ref.id, webhook: false });
    return ref;
  }

  /** What people and Sentry do to an issue, in silence; the hint is sent apart. */
  async sentry(ref: IssueRef, act: string, body: object = {}): Promise<void> {
    await this.control(`sentry/issues/${ref.id}/${act}`, { ...body, webhook: false });
  }

  /** The same with the hint that its webhook would have become. */
  async happens(ref: IssueRef, act: string, body: object = {}): Promise<void> {
    await this.sentry(ref, act, body);
    await this.hint(ref, `issue.${act}`);
  }

  /** As the dispatcher does it: without an answer it is sent again, since a repeated hint changes nothing. */
  async hint(ref: IssueRef, what = 'issue.created', more: Partial<Hint> = {}): Promise<void> {
    this.number += 1;
    const at = new Date().toISOString();
    const hint: Hint = { delivery: `d${this.number}`, at, about: { issue: ref }, urgent: true, what, ...more };
    await answered(`${workflowIdOf(ref)}: the hint ${what}`, () =>
      this.temporal.sendHints(ref, [hint], this.rules.settings),
    );
  }

  /** As when the first signed delivery of the installation comes in. */
  async learnInstallation(): Promise<void> {
    await this.temporal.tellInstallation('acme', this.sandbox.installation);
  }

  async signal(ref: IssueRef, name: string, ...args: unknown[]): Promise<void> {
    await this.client.workflow.getHandle(workflowIdOf(ref)).signal(name, ...args);
  }

  /** @returns the answer of the update @throws WorkflowUpdateFailedError when it is refused */
  update(ref: IssueRef, name: string, input?: unknown): Promise<IssueDetail> {
    return this.client.workflow
      .getHandle(workflowIdOf(ref))
      .executeUpdate<IssueDetail, [unknown]>(name, { args: [input] });
  }

  /** What it answers, however long that takes: the product's own question is given up after five seconds. */
  state(ref: IssueRef): Promise<IssueDetail> {
    return answered(`${workflowIdOf(ref)}: its state`, () => this.stateNow(ref));
  }

  until(ref: IssueRef, what: string, wanted: (s: IssueDetail) => boolean): Promise<IssueDetail> {
    return until(`${workflowIdOf(ref)}: ${what}`, () => this.stateNow(ref), wanted);
  }

  /** Waits until nothing is owed, under way or about to be verified: what comes after came from outside. */
  async quiet(ref: IssueRef): Promise<IssueDetail> {
    const id = workflowIdOf(ref);
    const look = async (): Promise<{ idle: boolean; state: IssueDetail }> => {
      // In this order: what a signal before us started shows in at least one of the two.
      const state = await this.stateNow(ref);
      const { raw, status } = await this.client.workflow.getHandle(id).describe();
      const busy = (raw.pendingActivities ?? []).length > 0 || Boolean(raw.pendingWorkflowTask);
      const after = await this.stateNow(ref);
      const same = JSON.stringify(after) === JSON.stringify(state);
      return { idle: same && (status.name !== 'RUNNING' || !busy), state: after };
    };
    const { state } = await until(`${id}: to come to rest`, look, (l) => l.idle && QUIET.test(l.state.next));
    return state;
  }

  /**
   * Waits until Temporal's visibility, from which lists and sweeps are made, shows the newest run of each issue as it is: it
   * lags behind the workflows, by seconds on a busy machine.
   */
  async listed(...refs: IssueRef[]): Promise<void> {
    for (const ref of refs) {
      const id = workflowIdOf(ref);
      const look = async (): Promise<{ is: string; shown: string }> => {
        const is = await this.client.workflow.getHandle(id).describe();
        let shown = '';
        for await (const run of this.client.workflow.list({ query: `WorkflowId = '${id}'` }))
          if (run.runId === is.runId) shown = rowOf(run);
        return { is: rowOf(is), shown };
      };
      await until(`${id}: to be listed as it is`, look, ({ is, shown }) => is === shown);
    }
  }

  /** The result of a workflow that ends. */
  over(ref: IssueRef): Promise<string> {
    const id = workflowIdOf(ref);
    const look = async (): Promise<string | undefined> => {
      const { status } = await this.client.workflow.getHandle(id).describe();
      return status.name === 'RUNNING' ? undefined : ((await this.client.workflow.getHandle(id).result()) as string);
    };
    return until(`${id}: to end`, look, (result) => result !== undefined).then((result) => result ?? '');
  }

  private async stateNow(ref: IssueRef): Promise<IssueDetail> {
    const state = await this.temporal.state(workflowIdOf(ref));
    if (!state) throw new Error(`no workflow ${workflowIdOf(ref)}`);
    return state;
  }

  async view(ref: IssueRef): Promise<SandboxView> {
    return SandboxView.of(`${this.sandbox.url}/_control`, ref, await this.keysOf(ref));
  }

  /** Last line of a comment → the key of its note, of all that was ever to be said of this issue. */
  private async keysOf(ref: IssueRef): Promise<Map<string, string>> {
    const events: HistoryEvent[] = [];
    // Also of earlier lives.
    for await (const { workflowId, runId } of this.client.workflow.list({
      query: `WorkflowId = '${workflowIdOf(ref)}'`,
    }))
      events.push(...((await this.client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? []));
    const keys = events.flatMap(({ activityTaskScheduledEventAttributes: a }) => {
      const payload = ['comment', 'completeTask'].includes(a?.activityType?.name ?? '') && a?.input?.payloads?.[0];
      const said = payload ? defaultPayloadConverter.fromPayload<{ note?: { key: string } }>(payload).note : undefined;
      return said ? [said.key] : [];
    });
    return new Map(keys.map((key) => [keyLine(key), key]));
  }
  async ends(ref: IssueRef): Promise<Ends> {
    return (await this.view(ref)).ends;
  }

  /** One call of the sandbox's control. @throws Error with its words when it is refused */
  async control(path: string, body: object = {}, method = 'POST'): Promise<unknown> {
    const answer = await fetch(`${this.sandbox.url}/_control/${path}`, {
      method,
      ...(method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  }
  fault(fault: object): Promise<unknown> {
    return this.control('faults', fault);
  }
  /** No fault any more, and details of tasks are taken as asked. */
  async heal(): Promise<void> {
    await this.control('faults', {}, 'DELETE');
    await this.control('asana/details', {});
  }
  /** Requests so far whose `METHOD path` fits. */
  async requests(pattern: RegExp): Promise<Logged[]> {
    const log = (await this.control('log', {}, 'GET')) as Logged[];
    return log.filter((entry) => pattern.test(`${entry.method} ${entry.path}`));
  }

  /** The histories of all runs of one id, oldest first. */
  async runs(id: string): Promise<History[]> {
    const runs: History[] = [];
    const { raw } = await this.client.workflow.getHandle(id).describe();
    let runId = raw.workflowExecutionInfo?.firstRunId ?? undefined;
    while (runId) {
      const history: History = await this.client.workflow.getHandle(id, runId).fetchHistory();
      runs.push(history);
      runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    }
    return runs;
  }

  /** All events of all runs of an issue, oldest first. */
  async history(ref: IssueRef): Promise<HistoryEvent[]> {
    return (await this.runs(workflowIdOf(ref))).flatMap((run) => run.events ?? []);
  }

  /**
   * Workflow tasks that failed, in words. A signal that arrives while a run continues as new fails that task by design of
   * the server (UNHANDLED_COMMAND); it is repeated with the signal and is not counted. Nor is one in which this process stood still
   * for the five seconds that the SDK gives to a workflow's code: code that really takes so long never gets to its end.
   */
  async failedTasks(ref: IssueRef): Promise<string[]> {
    return (await this.history(ref))
      .map((e) => e.workflowTaskFailedEventAttributes)
      .filter((a) => a !== null && a !== undefined)
      .filter((a) => Number(a.cause) !== UNHANDLED_COMMAND)
      .filter((a) => !STOOD_STILL.test(a.failure?.message ?? ''))
      .map((a) => `cause ${a.cause}: ${a.failure?.message ?? ''}`);
  }
}
