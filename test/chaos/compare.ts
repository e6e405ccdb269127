/** Both worlds at the end of a run beside what they must be. Pure. */
import { expected, type Happened, type SentryEnd } from './expect';
import { IN_TURN, SKIPPED, type Person } from './people';
import type { Life } from './schedule';

export const COLUMNS = [
  'lost',
  'duplicated',
  'wrong state',
  'wrong assignee',
  'extra turns',
  'stuck',
  'acknowledged lost',
] as const;
export type Column = (typeof COLUMNS)[number];
export type Difference = { column: Column; life: Life | undefined; what: string; because: string[] };

export type TaskEnd = { gid: string; completed: boolean; assignee: string | null };
/** What Temporal shows of an issue. */
export type RunEnd = {
  state: string;
  /** Each code with its step, in words; absent where there is none. */
  attention?: string;
  running: boolean;
  busy?: string;
};
export type Ends = {
  sentry: ReadonlyMap<string, SentryEnd>;
  /** By the issue's id; subtasks are none. */
  tasks: ReadonlyMap<string, readonly TaskEnd[]>;
  runs: ReadonlyMap<string, RunEnd>;
  /** Issue ids of deliveries that were answered 202 and are nowhere. */
  lost: readonly { delivery: string; issue: string | undefined }[];
  /** Turns that the rotation gave, where each issue is decided once; absent where it is not known how often. */
  turns?: number;
};

const OPEN_STATES = ['open', 'skipped'];
const CLOSED_STATES = ['resolved', 'muted', 'done', 'skipped'];

export function compare(
  lives: readonly Life[],
  happenedTo: (id: string) => readonly Happened[],
  ends: Ends,
  away: Person,
): Difference[] {
  const found: Difference[] = [];
  for (const life of lives) {
    const sentry = ends.sentry.get(life.id);
    const happened = happenedTo(life.id);
    if (!sentry) continue;
    const want = expected(life, happened, sentry, away);
    const add = (column: Column, what: string): void => void found.push({ column, life, what, because: want.because });
    const tasks = ends.tasks.get(life.id) ?? [];
    const [task] = tasks;
    if (tasks.length > Math.max(...want.tasks))
      add(want.tasks.includes(1) ? 'duplicated' : 'wrong state', `${tasks.length} tasks: ${gids(tasks)}`);
    else if (!want.tasks.includes(tasks.length)) add('lost', 'no task');
    else if (task) {
      if (want.completed.length > 0 && !want.completed.includes(task.completed))
        add('wrong state', `task ${task.gid} is ${task.completed ? 'completed' : 'not completed'}`);
      if (!task.completed && want.assignees.length > 0 && !want.assignees.includes(task.assignee ?? ''))
        add('wrong assignee', `task ${task.gid} has ${task.assignee ?? 'nobody'}, not ${want.assignees.join(' or ')}`);
    }
    const stuck = want.followed && stuckOf(ends.runs.get(life.id), sentry, tasks.length);
    if (stuck) add('stuck', stuck);
  }
  for (const { delivery, issue } of ends.lost) {
    const life = lives.find((one) => one.id === issue);
    found.push({ column: 'acknowledged lost', life, what: `delivery ${delivery} was answered 202`, because: [] });
  }
  const owed = lives.filter(({ project, environment }) => project === IN_TURN && environment !== SKIPPED).length;
  if (ends.turns !== undefined && ends.turns > owed)
    found.push({ column: 'extra turns', life: undefined, what: `${ends.turns} turns for ${owed} issues`, because: [] });
  return found;
}

function gids(tasks: readonly TaskEnd[]): string {
  return tasks.map((t) => t.gid).join(', ');
}

function stuckOf(run: RunEnd | undefined, sentry: SentryEnd, tasks: number): string | undefined {
  const open = sentry.status === 'unresolved';
  // One that was closed before anybody heard of it is nobody's business.
  if (!run) return open ? 'no workflow knows it' : undefined;
  // Closed and terminated: whoever comes back to it begins a new one.
  if (!run.running) return open ? `its workflow is over, its state was ${run.state}` : undefined;
  if (run.attention) return `it needs attention, ${run.attention}, its state is ${run.state}`;
  if (run.busy) return run.busy;
  // Muted while open in Sentry: its task was deleted.
  const fits = open ? [...OPEN_STATES, ...(tasks === 0 ? ['muted'] : [])] : CLOSED_STATES;
  return fits.includes(run.state) ? undefined : `its state is ${run.state} and Sentry says ${sentry.status}`;
}
