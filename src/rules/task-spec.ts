/** What a rule and a project ask of the task. Pure and total. */
import { maskNamed } from '../text/named';
import type { TaskSpec } from '../core/issue/decision';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant, PersonKey } from '../core/refs';
import { dueDate } from './calendar';
import type { Rules } from './load';
import { matchesGlob } from './pattern';
import { isPerson } from './people';
import type { Field, Then } from './schema';

type Project = Rules['projects'][number];

/** What a field may be filled from besides the issue's own values. */
const TAG = 'tags.';
/** Titles that carry this mark had consequences in stored data, which the three steps below clean up. */
const DATA_MARK = '[HC]';
const DATA_STEPS = ['Find the affected records', 'Correct the data', 'Verify the correction'];

/** The project section for a Sentry project's slug: the first whose glob takes it. */
export function projectFor(rules: Rules, slug: string): Project | undefined {
  return rules.projects.find((p) => matchesGlob(p.glob, slug));
}

/**
 * The task of `issue` in `project`, as `then` asks; `added` is what `also` rules contribute. Followers who are no longer
 * in the rules are left out, as are fields without a value.
 */
export function taskSpec(
  rules: Rules,
  project: Project,
  issue: IssueSnapshot,
  then: Then,
  added: { followers: PersonKey[]; tags: string[] },
  at: Instant,
): TaskSpec {
  const dueOn = then.due && dueDate(then.due, at, rules.timezone);
  return {
    ...project.destination,
    ...(dueOn !== undefined && { dueOn }),
    ...(then.priority !== undefined && { priority: then.priority }),
    followers: unique([...(then.followers ?? []), ...added.followers]).filter((p) => isPerson(rules, p)),
    tags: unique([...(then.addTags ?? []), ...added.tags]),
    fields: fieldValues(project.fields ?? {}, issue),
    subtasks: subtasks(project, issue.title),
    verify: then.verify ?? true,
  };
}

function subtasks(project: Project, title: string): string[] {
  const wanted = project.subtasks ?? [{ titleContains: DATA_MARK, add: DATA_STEPS }];
  return unique(wanted.filter((s) => title.includes(s.titleContains)).flatMap((s) => s.add));
}

function fieldValues(fields: Record<string, Field>, issue: IssueSnapshot): Record<string, string> {
  const values = Object.entries(fields).map(([name, field]) => [name, fieldValue(field, issue)] as const);
  return Object.fromEntries(values.filter((v): v is [string, string] => v[1] !== undefined && v[1] !== ''));
}

function fieldValue(field: Field, issue: IssueSnapshot): string | undefined {
  if (typeof field === 'string') return field;
  const value = sourceValue(field.from, issue);
  if (value !== undefined && field.map && Object.hasOwn(field.map, value)) return field.map[value];
  // What is mapped has been matched; the rest is shown, to whoever may see the task.
  return value !== undefined && field.from.startsWith(TAG) ? maskNamed(field.from.slice(TAG.length), value) : value;
}

function sourceValue(from: string, issue: IssueSnapshot): string | undefined {
  const tag = (name: string) => (Object.hasOwn(issue.tags, name) ? issue.tags[name] : undefined);
  if (from.startsWith(TAG)) return tag(from.slice(TAG.length));
  switch (from) {
    case 'issue.shortId':
      return issue.shortId;
    case 'issue.level':
      return issue.level;
    case 'issue.project':
      return issue.project;
    case 'issue.culprit':
      return issue.culprit;
    case 'issue.platform':
      return issue.platform;
    case 'event.environment':
      // The latest event's own; the list tells when each was first seen, so its end is only the next best.
      return tag('environment') ?? issue.environments.at(-1);
    case 'event.release':
      return issue.release;
    default:
      return undefined;
  }
}

function unique<T>(list: T[]): T[] {
  return [...new Set(list)];
}
