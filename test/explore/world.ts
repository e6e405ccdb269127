/**
 * One issue in Sentry and its tasks in the tracker, as far as the product looks at them, and what people do to either. Times are
 * milliseconds since 1970.
 */
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { IssueRef, PersonKey, TaskRef } from '../../src/core/refs';

export const REF: IssueRef = { source: 'sentry', scope: 'acme', id: '4711' };
export const MARKER = 'sentry:acme:4711';
export const SURVIVOR: IssueRef = { ...REF, id: '4712' };
export const PEOPLE = ['anna', 'piotr', 'ewa'] as const satisfies PersonKey[];

export type Task = {
  ref: TaskRef;
  assignee: PersonKey | null;
  completed: boolean;
  deleted: boolean;
  /** The keys of its comments, in their order. */
  comments: string[];
  subtasks: string[];
};

/** What a webhook of Sentry says. */
export type Webhook = { what: string; urgent: boolean; seed: IssueSnapshot };

/** What people did that is allowed to stand against the rules' own wish. */
export type Touched = {
  /** Completed or reopened in the tracker. */
  done: boolean;
  /** Given to somebody in the tracker. */
  assignee: boolean;
  deleted: boolean;
  /** The assignee was taken away in Sentry. */
  unassigned: boolean;
};

export class World {
  status: 'unresolved' | 'resolved' | 'archived' = 'unresolved';
  exists = true;
  merged = false;
  assignee: PersonKey | null = null;
  events = 1;
  release = '1.0';
  links: TaskRef[] = [];
  lastSeen: number;
  tasks: Task[] = [];
  /** POSTs that the tracker was sent and has not committed yet. */
  late: { at: number; task: Task }[] = [];
  /** The rules want no task of it. */
  skips = false;
  rules = 1;
  away: PersonKey | null = null;
  write = true;
  touched: Touched = { done: false, assignee: false, deleted: false, unassigned: false };
  webhooks: Webhook[] = [];
  /** Turns that a rotation has given away. */
  turns = 0;
  private made = 0;

  constructor(
    public now: number,
    /** Sentry can be read and written. */
    readonly sentry: boolean,
  ) {
    this.firstSeen = now;
    this.lastSeen = now;
  }
  private readonly firstSeen: number;

  snapshot(via: IssueSnapshot['via']): IssueSnapshot {
    const at = new Date(this.now).toISOString();
    return {
      ref: REF,
      shortId: this.merged ? 'SHOP-2' : 'SHOP-1',
      title: 'Error: timeout',
      url: 'https://acme.sentry.io/issues/4711/',
      project: 'shop',
      level: 'error',
      status: this.status,
      ...(this.merged ? { mergedInto: SURVIVOR } : {}),
      events: this.events,
      users: 1,
      firstSeen: new Date(this.firstSeen).toISOString(),
      lastSeen: new Date(this.lastSeen).toISOString(),
      readAt: via === 'webhook' ? `${at.slice(0, 19)}.000Z` : at,
      via,
      release: this.release,
      environments: ['production'],
      tags: {},
      frames: [],
      assignee: this.assignee,
      owners: [],
      links: [...this.links],
    };
  }

  /** Sentry tells of it. */
  tell(what: string, urgent = true): void {
    const issue = this.snapshot('webhook');
    // An event tells little of its issue.
    const seed: IssueSnapshot = urgent
      ? issue
      : { ...issue, shortId: undefined, status: 'unresolved', assignee: null, events: null, users: null };
    this.webhooks.push({ what, urgent, seed });
  }

  /** The tracker commits what it was sent long enough ago. */
  settleLate(): void {
    const due = this.late.filter(({ at }) => at <= this.now);
    this.late = this.late.filter((one) => !due.includes(one));
    this.tasks.push(...due.map(({ task }) => task));
  }

  /** Another world that stands as this one does. */
  copy(): World {
    return Object.assign(new World(this.now, this.sentry), structuredClone({ ...this }));
  }

  newTask(assignee: PersonKey | null): Task {
    this.made += 1;
    const id = String(900 + this.made);
    const ref: TaskRef = { tracker: 'asana', id, url: `https://app.asana.com/0/1/${id}` };
    return { ref, assignee, completed: false, deleted: false, comments: [], subtasks: [] };
  }

  /** Those that are there. */
  live(): Task[] {
    return this.tasks.filter((task) => !task.deleted);
  }

  taskOf(ref: TaskRef): Task | undefined {
    return this.live().find((task) => task.ref.id === ref.id);
  }
}

/** `untold`: no webhook tells of it, and a sweep finds it. */
type Act = { name: string; untold?: true; do: (w: World) => void };

/** What happens without us. Each is possible at any time; what changes nothing does nothing. */
export const ACTS: readonly Act[] = [
  {
    name: 'it happens again',
    do: (w) => {
      if (!w.exists || w.merged) return;
      w.events *= 10;
      w.lastSeen = w.now;
      if (w.status === 'resolved') {
        w.status = 'unresolved';
        w.tell('issue.unresolved');
      }
      w.tell('event_alert.triggered', false);
    },
  },
  { name: 'resolved in Sentry', do: (w) => turn(w, 'resolved', 'issue.resolved') },
  { name: 'unresolved in Sentry', do: (w) => turn(w, 'unresolved', 'issue.unresolved') },
  { name: 'archived in Sentry', do: (w) => turn(w, 'archived', 'issue.ignored') },
  { name: 'given to piotr in Sentry', do: (w) => give(w, 'piotr') },
  { name: 'given to ewa in Sentry', do: (w) => give(w, 'ewa') },
  {
    name: 'given to nobody in Sentry',
    do: (w) => {
      if (!w.exists || w.merged || w.assignee === null) return;
      w.assignee = null;
      w.touched.unassigned = true;
      w.tell('issue.assigned');
    },
  },
  { name: 'a new release', do: (w) => void (w.release = `${w.release}.1`) },
  {
    name: 'completed or reopened in the tracker',
    do: (w) => onTask(w, (t) => ((t.completed = !t.completed), (w.touched.done = true))),
  },
  {
    name: 'given to ewa in the tracker',
    do: (w) => onTask(w, (t) => ((t.assignee = 'ewa'), (w.touched.assignee = true))),
  },
  {
    name: 'deleted in the tracker',
    do: (w) => onTask(w, (t) => ((t.deleted = true), (w.touched.deleted = true))),
  },
  // Sentry tells nobody of these two.
  { name: 'deleted in Sentry', untold: true, do: (w) => void (w.exists = false) },
  { name: 'merged in Sentry', untold: true, do: (w) => void (w.merged = w.exists) },
  {
    name: 'the rules change their mind',
    do: (w) => {
      w.skips = !w.skips;
      w.rules += 1;
    },
  },
  { name: 'somebody goes away or comes back', do: (w) => void (w.away = w.away === null ? 'anna' : null) },
  { name: 'the mode is switched', untold: true, do: (w) => void (w.write = !w.write) },
];

function turn(w: World, status: World['status'], what: string): void {
  if (!w.exists || w.merged || w.status === status) return;
  w.status = status;
  w.tell(what);
}

function give(w: World, to: PersonKey): void {
  if (!w.exists || w.merged || w.assignee === to) return;
  w.assignee = to;
  w.touched.unassigned = false;
  w.tell('issue.assigned');
}

function onTask(w: World, act: (task: Task) => void): void {
  const task = w.live()[0];
  if (task) act(task);
}
