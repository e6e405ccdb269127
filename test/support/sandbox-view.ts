/** What pretend Sentry, Asana and Slack show of one issue, reduced to what a test compares. */
import type {
  AsanaStory,
  AsanaTask,
  AsanaUser,
  SentryIssue,
  SentryLink,
  SentryMember,
  SlackMessage,
} from '../../src/sandbox/records';
import type { IssueRef } from '../../src/core/refs';
import { workflowIdOf } from '../../src/contract';

/** The part of `GET /_control/world` that is read here. */
type Dump = {
  'asana-users': AsanaUser[];
  'asana-tasks': AsanaTask[];
  'asana-stories': AsanaStory[];
  'sentry-members': SentryMember[];
  'sentry-issues': SentryIssue[];
  'sentry-links': SentryLink[];
  'slack-messages': SlackMessage[];
};

export type TaskView = {
  completed: boolean;
  /** The person's key. */
  assignee: string | null;
  /** Names of its subtasks, in order. */
  subtasks: string[];
  /** Keys of our comments, in order; a comment without a key is shown whole. */
  comments: string[];
  /** Asana's own stories, in order: `assigned`, `marked_complete`, … */
  stories: string[];
};
export type Ends = {
  sentry: { status: string; assignee: string | null; linked: number } | null;
  /** Every task whose last line is this issue's marker. */
  tasks: TaskView[];
  /** Keys of the messages about this issue, in order. */
  chat: string[];
};

const keyOf = (email: string | undefined): string | null => email?.split('@')[0] ?? null;

export class SandboxView {
  constructor(
    private readonly dump: Dump,
    private readonly ref: IssueRef,
    /** Last line of a comment → the key of its note. */
    private readonly keys: ReadonlyMap<string, string>,
  ) {}

  static async of(controlUrl: string, ref: IssueRef, keys: ReadonlyMap<string, string>): Promise<SandboxView> {
    const answer = await fetch(`${controlUrl}/world`);
    if (!answer.ok) throw new Error(`GET world: ${answer.status}`);
    return new SandboxView((await answer.json()) as Dump, ref, keys);
  }

  /** Top-level tasks with this issue's marker. */
  get tasks(): AsanaTask[] {
    const marker = workflowIdOf(this.ref);
    return this.dump['asana-tasks'].filter((t) => t.parent === null && t.notes.trimEnd().split('\n').at(-1) === marker);
  }

  /** The one task. @throws when there is none or more than one */
  get task(): AsanaTask {
    const [task, duplicate] = this.tasks;
    if (!task || duplicate)
      throw new Error(`expected one task of ${workflowIdOf(this.ref)}, found ${this.tasks.length}`);
    return task;
  }

  /** Our comments on the one task, whole. */
  get comments(): string[] {
    return this.stories(this.task.gid, 'comment').map((s) => s.text);
  }

  get ends(): Ends {
    return { sentry: this.sentry(), tasks: this.tasks.map((t) => this.view(t)), chat: this.chat() };
  }

  private stories(task: string, type: AsanaStory['type']): AsanaStory[] {
    return this.dump['asana-stories']
      .filter((s) => s.task === task && s.type === type)
      .sort((a, b) => Number(a.gid) - Number(b.gid));
  }

  private view(task: AsanaTask): TaskView {
    const assignee = this.dump['asana-users'].find((u) => u.gid === task.assignee);
    return {
      completed: task.completed,
      assignee: task.assignee === null ? null : keyOf(assignee?.email),
      subtasks: this.dump['asana-tasks']
        .filter((t) => t.parent === task.gid)
        .sort((a, b) => Number(a.gid) - Number(b.gid))
        .map((t) => t.name),
      comments: this.stories(task.gid, 'comment').map(
        (s) => this.keys.get(s.text.trimEnd().split('\n').at(-1) ?? '')?.split('.')[0] ?? s.text,
      ),
      stories: this.stories(task.gid, 'system').map((s) => s.subtype),
    };
  }

  private sentry(): Ends['sentry'] {
    const issue = this.dump['sentry-issues'].find((i) => i.id === this.ref.id && !i.deleted);
    if (!issue) return null;
    const member = this.dump['sentry-members'].find((m) => m.id === issue.assignedTo?.id);
    const ours = this.tasks.map((t) => t.gid);
    const links = this.dump['sentry-links'].filter((l) => l.issue === issue.id);
    return {
      status: issue.status,
      assignee: issue.assignedTo === null ? null : keyOf(member?.email),
      linked: links.filter((l) => ours.some((gid) => l.webUrl.includes(gid))).length,
    };
  }

  private chat(): string[] {
    const prefix = `${workflowIdOf(this.ref)} `;
    return (
      this.dump['slack-messages']
        .map((m) => (m.metadata as { event_payload?: { key?: string } } | null)?.event_payload?.key ?? '')
        .filter((key) => key.startsWith(prefix))
        // Behind the dot stands when this life of the issue began.
        .map((key) => key.slice(prefix.length).replace(/\.[0-9a-z]+$/, ''))
    );
  }
}
