/** The English catalogue: every word that a task, a comment or the chat says. */
import type { Reason } from '../core/issue/decision';

type Because = Extract<Reason, { person: string }>['because'];

/** `1 issue`, `1,200 issues` */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** What could not be counted to its end is a least. */
const most = (more: boolean, what: string) => `It concerned at ${more ? 'least' : 'most'} ${what}.`;

const words: Partial<Record<Because, string>> = {
  chosen: 'chosen',
  'not available': 'not available',
  excluded: 'excluded by the rule',
  'not their turn': 'not their turn',
  unknown: 'availability unknown: Calamari does not say',
  'had it before': 'had it before',
};
/** `already assigned in Sentry` says it itself. */
const because = (why: Because): string => words[why] ?? why;

/** Sentry is a place, an operator a person. */
const where = (by: string | null): string => (by === null ? '' : by === 'Sentry' ? ' in Sentry' : ` by ${by}`);

export const en = {
  untitled: (id: string) => `Issue ${id} without a title`,
  unknown: 'unknown',
  events: (count: number) => plural(count, 'event', 'events'),
  users: (count: number) => plural(count, 'user', 'users'),
  because,

  task: {
    broke: 'What broke',
    where: 'Where',
    level: 'Level',
    category: 'Category',
    environment: 'Environment',
    release: 'Release',
    project: 'Project',
    seen: 'Seen',
    affected: (users: string) => `${users} affected`,
    first: 'First',
    last: 'Last',
    frames: 'Stack, the crash first',
    tags: 'Tags',
    more: (count: number) => `and ${count} more`,
    links: 'Links',
    sentry: 'The issue in Sentry',
    operator: 'What Errand did, and why',
  },

  why: {
    heading: 'How it was decided',
    rule: (rule: string) => `The rule "${rule}" decided.`,
    chosen: (rule: string, person: string) => `The rule "${rule}" chose ${person}.`,
    foundNobody: (rule: string) => `The rule "${rule}" found nobody.`,
    since: (person: string) => `Since then a person chose ${person}.`,
    blind: 'Calamari could not be asked who is available.',
    blindNobody:
      'Calamari could not be asked who is available. Somebody is assigned as soon as it answers; take the task if it cannot wait.',
    nobody: (again: string | null) =>
      'Nobody was available. ' +
      (again === null
        ? 'Somebody has to take the task by hand.'
        : `It is decided again on ${again}; take the task if it cannot wait.`),
    notInTracker: (person: string) =>
      `Assignee unknown to Asana: it does not know the address of ${person} in the rules. Correct it there, then reassign.`,
    skipped: (reason: string) => `The rule asks for no task: ${reason}.`,
    candidates: 'Considered',
  },

  note: {
    opened: 'New issue.',
    openedRule: (rule: string) => `New issue, taken by the rule "${rule}".`,
    madeAgain: 'The task was missing and has been made again.',
    repeated: (counts: string) => `It keeps happening: ${counts} so far.`,
    repeatedNew: (what: 'release' | 'environment', value: string) => `Seen for the first time in ${what} ${value}.`,
    escalating: 'Sentry says that it is escalating.',
    regressed: 'It is back.',
    wasResolved: (on: string | null, by: string | null) =>
      `It was resolved${on === null ? '' : ` on ${on}`}${where(by)} and is back.`,
    wasArchived: 'It was archived in Sentry and is back.',
    wasGone: 'Sentry said that it was deleted; it is there again.',
    number: (count: number) => `Regression no. ${count}.`,
    release: (release: string) => `Release ${release}.`,
    before: (person: string) => `${person} had it before.`,
    reopened: 'The task is open again.',
    resolved: (by: string | null) => `Resolved${where(by)}.`,
    archived: (by: string | null) =>
      `Archived in Sentry${by === null ? '' : ` by ${by}`}. The task reopens when the issue comes back.`,
    reassigned: (to: string | null, by: string | null) =>
      `${to === null ? 'Nobody is assigned any more' : `Assigned to ${to}`}${by === null ? '' : ` by ${by}`}.`,
    merged: (into: string | null, url: string | null) =>
      `Merged into ${into ?? 'another issue'} in Sentry${url === null ? '' : ` (${url})`}. Errand follows that one instead.`,
    duplicate: (url: string) =>
      `This task is a duplicate: the work goes on in the older one (${url}). This one is completed and gets no more comments.`,
    gone: (why: string | null) =>
      `The issue is gone from Sentry${why === null ? '' : `: ${why}`}. The task reopens should the issue come back.`,
    nobody: 'Nobody is available for this issue.',
    nobodyRule: (rule: string) => `Nobody whom the rule "${rule}" names is available.`,
    again: (when: string) => `It is decided again on ${when}.`,
    assignee: 'Assignee',
    nobodyYet: 'nobody yet',
    task: 'Task',
    openTask: 'Open the task',
    missingTask: 'The task that was missing',
  },

  alert: {
    issues: (count: number, more: boolean) =>
      `${plural(count, 'issue needs', 'issues need')} a person${more ? ', or more' : ''}`,
    workflows: (count: number, more: boolean) =>
      `${plural(count, 'workflow needs', 'workflows need')} a person${more ? ', or more' : ''}`,
    sweeps: (count: number) => `${plural(count, 'sweep', 'sweeps')} failed in a row`,
    silent: (count: number) => `no webhooks, ${plural(count, 'sweep', 'sweeps')} found what they missed`,
    refused: (count: number) => `${plural(count, 'webhook', 'webhooks')} refused, none accepted meanwhile`,
    calls: (count: number) => `${plural(count, 'call', 'calls')} failed, none answered meanwhile`,
    mistakes: (count: number) => `${plural(count, 'mistake', 'mistakes')} in the rules`,
    since: (when: string) => `Since ${when}.`,
    todo: 'To do: ',
    said: 'The message: ',
    projects: (names: string, others: number) =>
      `Sentry projects: ${names}${others === 0 ? '' : ` and ${others.toLocaleString('en-US')} more`}.`,
    others: (count: number, more: boolean) => ` and ${plural(count, 'other', 'others')}${more ? ', or more' : ''}`,
    list: '`errand issues --attention` lists them',
    retry: (command: string) => `\`${command}\` tries them all again at once`,
    over: (vendor: string) => `${vendor}: over`,
    lasted: (from: string, to: string, time: string) => `From ${from} to ${to}: lasted ${time}.`,
    mostIssues: (count: number, more: boolean) => most(more, plural(count, 'issue', 'issues')),
    mostWorkflows: (count: number, more: boolean) => most(more, plural(count, 'workflow', 'workflows')),
    minutes: (count: number) => plural(count, 'minute', 'minutes'),
    hours: (count: number) => plural(count, 'hour', 'hours'),
    days: (count: number) => plural(count, 'day', 'days'),
  },

  storm: {
    title: (project: string) => `Storm: new issues of ${project} wait for their tasks`,
    anyProject: 'an unknown project',
    why: (max: number, minutes: number) =>
      `More than ${max.toLocaleString('en-US')} new tasks within ${plural(minutes, 'minute', 'minutes')} would have been made here. ` +
      'The others wait, first in, first out; nothing is lost.',
    now: (command: string) => `To make all of them now: ${command}`,
    held: (count: number) => `${plural(count, 'issue waits', 'issues wait')}`,
    over: (since: string, until: string) =>
      `The storm is over: nothing waits any more. It lasted from ${since} to ${until}.`,
  },

  explain: {
    none: 'Nothing is decided yet.',
    decided: (when: string, hash: string) => `Decided ${when} by the rules ${hash}`,
    rules: 'Rules',
    candidates: 'Candidates',
    noCandidates: 'nobody was considered',
    saw: (value: string) => `saw ${value}`,
    skip: (reason: string) => `No task: ${reason}`,
    assign: (person: string) => `Chosen: ${person}`,
    override: (person: string | null, by: string) =>
      `${by} assigned it to ${person ?? 'nobody'} by hand; this overrides the rules.`,
  },
};

/** What another language has to provide. */
export type Words = typeof en;
