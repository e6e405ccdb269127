import { refuse } from './errors';
import { tagsOf } from './events';
import { coversProject } from './token';
import { eventsOf } from './views';
import type { SentryIssue } from '../records';
import type { Call, Headers } from '../serve';
import type { World } from '../world';

const MOST = 100;
const DAY_MS = 86_400_000;
/** search/snuba/executors.py@00491a94: without dates a search goes back 90 days, or the retention of the plan where that is shorter. */
const RETENTION_MS = 90 * DAY_MS;
/**
 * Hidden unless the query names a category or a type (search/snuba/executors.py@00491a94, group_categories_from_search_filters). A first page
 * that Postgres answers alone does show them, on some servers; here they are always hidden, which is the stricter of the two.
 */
const HIDDEN = ['feedback', 'configuration'];
/** issues/grouptype.py, GroupCategory, as it is in 2026. */
const CATEGORIES = [
  'error',
  'performance',
  'profile',
  'cron',
  'replay',
  'feedback',
  'uptime',
  'metric_alert',
  'metric',
  'db_query',
  'http_client',
  'frontend',
  'mobile',
  'outage',
  'configuration',
  'test_notification',
];

type Test = (issue: SentryIssue) => boolean;

/** The issues that a list call means: project, environment, period, query (default `is:unresolved`) and order. */
export function listIssues(world: World, call: Call): SentryIssue[] {
  const { query } = call;
  const since = Date.now() - RETENTION_MS;
  const named = /(^|\s)!?issue\.(category|type):/.test(query.get('query') ?? '');
  const tests = [
    (issue: SentryIssue) => Date.parse(issue.lastSeen) >= since,
    (issue: SentryIssue) => named || !HIDDEN.includes(issue.issueCategory),
    ...queryTests(world, query),
    ...scopeTests(world, query),
  ];
  const found = world.sentry.issues
    .all()
    .filter((issue) => !issue.deleted && issue.mergedInto === null && tests.every((test) => test(issue)));
  const rank = rankOf(query.get('sort') ?? 'date');
  // Times are parsed once for each issue: a list of tens of thousands is sorted for every page of it.
  return found
    .map((issue) => ({ issue, rank: rank(issue) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ issue }) => issue);
}

/** The highest comes first. */
function rankOf(sort: string): (issue: SentryIssue) => number {
  switch (sort) {
    case 'new':
      return (issue) => Date.parse(issue.firstSeen);
    case 'freq':
      return (issue) => issue.count;
    case 'user':
      return (issue) => issue.userCount;
    case 'date':
    case 'trends':
    case 'inbox':
    case 'recommended':
      return (issue) => Date.parse(issue.lastSeen);
    default:
      throw refuse(400, `"${sort}" is not a valid choice for sort.`);
  }
}

function scopeTests(world: World, query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const covered = coversProject(world, query.getAll('project').includes('-1'));
  tests.push((issue) => {
    const project = world.sentry.projects.get(issue.project);
    return project !== undefined && covered(project);
  });
  const projects = query.getAll('project').filter((project) => project !== '-1');
  if (projects.length > 0) {
    tests.push(
      (issue) =>
        projects.includes(issue.project) || projects.includes(world.sentry.projects.get(issue.project)?.slug ?? ''),
    );
  }
  const environments = query.getAll('environment');
  if (environments.length > 0) {
    tests.push((issue) =>
      eventsOf(world, issue.id).some((event) =>
        tagsOf(event.raw).some(([key, value]) => key === 'environment' && environments.includes(value)),
      ),
    );
  }
  const period = /^(\d+)([smhdw])$/.exec(query.get('statsPeriod') ?? '');
  if (period !== null) {
    const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[period[2] as 's' | 'm' | 'h' | 'd' | 'w'];
    const from = Date.now() - Number(period[1]) * unit * 1000;
    tests.push((issue) => Date.parse(issue.lastSeen) >= from);
  }
  const start = query.get('start');
  const end = query.get('end');
  if (start !== null) tests.push((issue) => Date.parse(issue.lastSeen) >= Date.parse(start));
  if (end !== null) tests.push((issue) => Date.parse(issue.firstSeen) <= Date.parse(end));
  return tests;
}

function queryTests(world: World, query: URLSearchParams): Test[] {
  const source = query.get('query') ?? 'is:unresolved';
  const terms = source.match(/(?:[^\s"[]+|"[^"]*"|\[[^\]]*\])+/g) ?? [];
  return terms.map((term) => {
    const negated = term.startsWith('!');
    const test = termTest(world, negated ? term.slice(1) : term);
    return negated ? (issue: SentryIssue) => !test(issue) : test;
  });
}

/** One term of Sentry's search syntax (https://docs.sentry.io/concepts/search/). */
function termTest(world: World, term: string): Test {
  const cut = term.indexOf(':');
  const unquote = (text: string): string => text.replace(/^"|"$/g, '');
  if (cut < 1) {
    const words = unquote(term).toLowerCase();
    return (issue) =>
      [issue.title, issue.culprit ?? '', issue.shortId].some((text) => text.toLowerCase().includes(words));
  }
  const key = term.slice(0, cut);
  const value = unquote(term.slice(cut + 1));
  const list = /^\[(.*)\]$/
    .exec(value)?.[1]
    ?.split(',')
    .map((item) => unquote(item.trim())) ?? [value];
  switch (key) {
    case 'is':
      return isTest(value);
    case 'issue.category':
      return categoryTest(world, list);
    case 'level':
      return (issue) => list.includes(issue.level);
    case 'project':
      return (issue) => list.includes(world.sentry.projects.get(issue.project)?.slug ?? '');
    case 'project.id':
      return (issue) => list.includes(issue.project);
    case 'issue':
      return (issue) => list.includes(issue.shortId) || list.includes(issue.id);
    case 'issue.id':
      return (issue) => list.includes(issue.id);
    case 'assigned':
    case 'assigned_to':
      return (issue) => assignedTest(world, issue, list);
    case 'firstSeen':
    case 'lastSeen':
      return timeTest(key, value);
    default:
      return (issue) =>
        eventsOf(world, issue.id).some((event) =>
          tagsOf(event.raw).some(([name, tag]) => name === key && list.includes(tag)),
        );
  }
}

/** One word that is no category refuses the whole search (api/issue_search.py@02575bd0, convert_category_value). */
function categoryTest(world: World, wanted: string[]): Test {
  const known = world.meta.sentryCategories ?? CATEGORIES;
  const unknown = wanted.find((category) => !known.includes(category));
  if (unknown !== undefined) throw refuse(400, `Invalid category value of '${unknown}'`);
  return (issue) => wanted.includes(issue.issueCategory);
}

function isTest(value: string): Test {
  const statuses: Record<string, string> = {
    unresolved: 'unresolved',
    resolved: 'resolved',
    ignored: 'ignored',
    archived: 'ignored',
    muted: 'ignored',
  };
  const status = statuses[value];
  if (status !== undefined) return (issue) => issue.status === status;
  if (value === 'assigned') return (issue) => issue.assignedTo !== null;
  if (value === 'unassigned') return (issue) => issue.assignedTo === null;
  if (['new', 'regressed', 'escalating', 'ongoing'].includes(value)) return (issue) => issue.substatus === value;
  throw refuse(
    400,
    `Error parsing search query: invalid value for "is" search, valid values are ${Object.keys(statuses).join(', ')}`,
  );
}

function assignedTest(world: World, issue: SentryIssue, wanted: string[]): boolean {
  const { assignedTo } = issue;
  if (assignedTo === null) return wanted.includes('none');
  if (assignedTo.type === 'team') return wanted.includes(`#${world.sentry.teams.get(assignedTo.id)?.slug ?? ''}`);
  return wanted.includes(world.sentry.members.get(assignedTo.id)?.email ?? '');
}

function timeTest(key: 'firstSeen' | 'lastSeen', value: string): Test {
  const match = /^(>=|<=|>|<|-|\+)(.+)$/.exec(value);
  const relative = /^(\d+)([mhdw])$/.exec(match?.[2] ?? '');
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  const at =
    relative === null
      ? Date.parse(match?.[2] ?? '')
      : Date.now() - Number(relative[1]) * unit[relative[2] as 'm' | 'h' | 'd' | 'w'];
  if (match === null || Number.isNaN(at)) throw refuse(400, `Error parsing search query: ${key}: Invalid date`);
  const later = match[1] === '-' || match[1]?.startsWith('>') === true;
  return (issue) => (later ? Date.parse(issue[key]) >= at : Date.parse(issue[key]) <= at);
}

/**
 * A page and its Link header: both relations are always there, `results` says whether to go on, a cursor is
 * `value:offset:is_prev` (https://docs.sentry.io/api/pagination/).
 */
export function paginate<T>(
  world: World,
  call: Call,
  rows: readonly T[],
  sizeParameter: 'limit' | 'per_page',
): { rows: T[]; headers: Headers } {
  const size = sizeOf(call, sizeParameter);
  const given = call.query.get('cursor');
  const parts = /^-?\d+:(\d+):([01])$/.exec(given ?? '0:0:0');
  if (parts === null) throw refuse(400, 'Invalid cursor parameter.');
  const at = Number(parts[1]);
  const from = parts[2] === '1' ? Math.max(0, at - size) : at;
  const page = rows.slice(from, from + size);
  const url = new URL(call.path, world.url);
  const link = (rel: string, results: boolean, cursor: string): string => {
    const query = new URLSearchParams(call.query);
    query.delete('cursor');
    query.append('cursor', cursor);
    return `<${url.href}?${query.toString()}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`;
  };
  const previous = link('previous', from > 0, `0:${from}:1`);
  const next = link('next', from + size < rows.length, `0:${from + size}:0`);
  return { rows: page, headers: { link: `${previous}, ${next}`, 'x-hits': String(rows.length), 'x-max-hits': '1000' } };
}

function sizeOf(call: Call, name: 'limit' | 'per_page'): number {
  const given = call.query.get(name);
  if (given === null) return MOST;
  const size = Number(given);
  if (!Number.isInteger(size) || size < 1) throw refuse(400, `Invalid ${name} value. Must be between 1 and ${MOST}.`);
  if (name === 'per_page' && size > MOST) throw refuse(400, `Invalid per_page value. Must be between 1 and ${MOST}.`);
  return Math.min(size, MOST);
}
