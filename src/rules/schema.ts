/**
 * The form of the rules: the source of the types, of the checks and of rules/rules.schema.json. docs/using/rules-keys.md explains
 * every key; a test compares the two. What needs more than one value to be judged (references, order) is in check.ts.
 */
import { z } from 'zod';
import { PIECES } from '../vendors/pieces';
import type { TaskDestination } from '../core/issue/decision';
import type { Piece } from './piece';
import { duration, key, name, patterns, projectGlob, text, timezone } from './values';

/** Documents are parsed whole in every workflow's first activity, so the number of rules is bounded. */
export const MAX_RULES = 1_000;
const people = z.array(key).max(50);
const tags = z.array(text).max(50);
/** Less would be a busy loop. */
const SHORTEST_WINDOW = 1_000;
const count = (most: number) => z.number().int().min(0).max(most);

export const SettingsSchema = z.strictObject({
  verifyAfter: duration
    .prefault('5m')
    .describe('After making a task, wait this long and look whether it is still there.'),
  sweepEvery: duration
    .prefault('5m')
    .describe('How often Sentry is asked for what its webhooks did not tell; at least 1s.'),
  alertEvery: duration
    .prefault('1m')
    .describe('How often Errand looks for what needs a person, to alert Slack and our own Sentry; at least 1s.'),
  linger: duration.prefault('90d').describe('How long a resolved issue waits for a regression.'),
  attentionAgain: duration
    .prefault('10m')
    .describe('When a step that needs attention is tried again; doubles up to 1h.'),
  unknownOutcome: z
    .array(duration)
    .min(1)
    .max(10)
    .prefault(['30s', '60s'])
    .describe('Waits before looking again whether a task was made, after an answer that never came.'),
  assignedWait: duration
    .prefault('60s')
    .describe(
      'For how long after the first webhook of an issue a webhook of an assignment waits: it is our own, as a rule.',
    ),
  goneAfter: z
    .array(duration)
    .min(1)
    .max(10)
    .prefault(['10m', '1h'])
    .describe('Waits between reads after which Sentry’s 404 counts as a deletion.'),
  availability: z
    .strictObject({
      wait: duration.prefault('1m').describe('How long Calamari is asked before the task is made unassigned.'),
      again: duration.prefault('5m').describe('When the decision is made again after that.'),
      ahead: duration.prefault('1h').describe('An absence that begins within this time counts already.'),
    })
    .prefault({}),
  retry: z
    .strictObject({
      attempts: z
        .number()
        .int()
        .min(1)
        .max(1_000)
        .prefault(10)
        .describe('Tries of one call before it needs attention.'),
      first: duration.prefault('2s').describe('Wait before the second try; doubles.'),
      max: duration.prefault('5m').describe('Longest wait between tries.'),
    })
    .prefault({}),
  quiet: z
    .strictObject({
      first: duration.prefault('5s').describe('Least time between two looks at a repeating issue; doubles.'),
      max: duration.prefault('15m').describe('Longest time between two looks at a repeating issue.'),
    })
    .prefault({}),
  commentAt: z
    .array(z.number().int().min(1).max(1e12))
    .max(20)
    .prefault([10, 100, 1_000, 10_000])
    .describe('Numbers of events at which the task gets a comment.'),
  onArchive: z.enum(['complete', 'comment']).prefault('complete').describe('What an archived issue does to its task.'),
  sync: z
    .strictObject({
      toTracker: z.boolean().prefault(true).describe('Copy changes in Sentry to the task.'),
      toSentry: z.boolean().prefault(true).describe('Copy changes of the task to Sentry.'),
    })
    .prefault({}),
  maxNewTasks: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .prefault(50)
    .describe('New tasks of one Sentry project within stormWindow; the others wait, first in, first out.'),
  stormWindow: duration
    .prefault('1h')
    .refine((ms) => ms >= SHORTEST_WINDOW, { error: 'must be at least 1s' })
    .describe('The time that maxNewTasks counts in; issues that wait are looked at 60 times in it.'),
  keepSentryAssignee: z.boolean().prefault(true).describe('Keep somebody whom a person assigned in Sentry.'),
});

/** Name of a vendor → how the person is called there. */
export type Person = { name?: string; timezone?: string } & { [vendor: string]: string | undefined };

function personSchema(pieces: readonly Piece[]): z.ZodType<Person> {
  const addresses = pieces.flatMap(({ name: vendor, person }) => (person ? [[vendor, person] as const] : []));
  return z.strictObject({
    name: text.max(100).optional().describe('Name that tasks, comments and chat show; default: the one in Asana.'),
    ...Object.fromEntries(addresses),
    timezone: timezone.optional().describe('IANA time zone; default: the top one.'),
  });
}

const TeamSchema = z.strictObject({
  members: people.min(1).describe('People by their keys; the order counts.'),
  lead: key.optional().describe('Gets what nobody else can take.'),
  rotation: z
    .enum(['fixed', 'roundRobin'])
    .prefault('fixed')
    .describe('fixed: the first who is available; roundRobin: whose turn is longest ago.'),
});

const FROM = /^(issue\.(shortId|level|project|culprit|platform)|event\.(environment|release)|tags\..+)$/;
/** What a field may be filled from, besides `tags.<name>`. */
export const FIELD_SOURCES = [
  ...['shortId', 'level', 'project', 'culprit', 'platform'].map((k) => `issue.${k}`),
  'event.environment',
  'event.release',
];
const FieldSchema = z.union([
  name,
  z.strictObject({
    from: z
      .string()
      .max(300)
      .regex(FROM, { error: `must be one of ${FIELD_SOURCES.join(', ')} or tags.<name>` })
      .describe('Where the value comes from.'),
    map: z.record(z.string(), name).optional().describe('Value there: value in Asana. Others stay as they are.'),
  }),
]);

const PROJECT_KEYS = {
  locale: z.enum(['en']).optional().describe('Language of the task.'),
  fields: z.record(text, FieldSchema).optional().describe('Custom field in Asana: a constant, or where it comes from.'),
  subtasks: z
    .array(
      z.strictObject({
        titleContains: text.describe('Exact piece of the title; upper and lower case differ.'),
        add: z.array(text).min(1).max(30).describe('Titles of the subtasks.'),
      }),
    )
    .max(50)
    .optional()
    .describe('Subtasks by title; given, they replace those for [HC].'),
};

type ProjectForm = z.output<z.ZodObject<typeof PROJECT_KEYS>>;
export type Project = ProjectForm & { destination: TaskDestination };

/** Where there is one tracker only, its key is not left out; where there are several, a project has one of them. */
function projectSchema(pieces: readonly Piece[]) {
  const trackers = pieces.flatMap(({ name: tracker, place }) => (place ? [{ tracker, place }] : []));
  const forms = trackers.map(
    ({ tracker, place }) => [tracker, trackers.length > 1 ? place.optional() : place] as const,
  );
  type Places = Record<string, Omit<TaskDestination, 'tracker'> | undefined>;
  return z.strictObject({ ...Object.fromEntries(forms), ...PROJECT_KEYS }).transform((project, context): Project => {
    const places = trackers.flatMap(({ tracker }) => {
      const place = (project as unknown as Places)[tracker];
      return place ? [{ tracker, ...place }] : [];
    });
    const [destination] = places;
    if (!destination || places.length > 1) {
      const names = trackers.map(({ tracker }) => tracker).join(', ');
      context.addIssue({ code: 'custom', message: `must have exactly one of ${names}` });
      return z.NEVER;
    }
    const { locale, fields, subtasks } = project;
    return { destination, ...given({ locale, fields, subtasks }) };
  });
}

/** Without what is undefined. */
function given<T extends object>(all: T): T {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
}

const WhenSchema = z.strictObject({
  project: patterns.optional().describe('Slug of the Sentry project.'),
  environment: patterns.optional().describe('Any environment seen on the issue.'),
  level: patterns.optional().describe('fatal, error, warning, info, debug.'),
  platform: patterns.optional().describe('python, javascript, node, …'),
  title: patterns.optional().describe('Title of the issue.'),
  culprit: patterns.optional().describe('Where Sentry sees the cause.'),
  release: patterns.optional().describe('Release of the latest event.'),
  tags: z.record(text, patterns).optional().describe('Tag name: its value in the latest event.'),
});

const TargetSchema = z
  .strictObject({ team: key.optional(), person: key.optional() })
  .meta({ minProperties: 1, maxProperties: 1 });
const AssignSchema = z
  .strictObject({
    team: key.optional().describe('The candidates are its members.'),
    person: key.optional().describe('The only candidate.'),
    fallback: z.array(TargetSchema).max(20).optional().describe('Tried in this order when no candidate is left.'),
  })
  .meta({ description: 'A team or a person.' });

const ThenSchema = z.strictObject({
  skip: text.optional().describe('Make no task; the reason, for people.'),
  assign: AssignSchema.optional().describe('Who gets the task; default: the owners that Sentry names.'),
  followers: people.optional().describe('People who follow the task.'),
  addTags: tags.optional().describe('Tags of the task; missing ones are made.'),
  priority: text.optional().describe('Option of the Priority field in Asana, such as low, medium, high, urgent.'),
  due: z
    .strictObject({
      workingDays: count(1_000).optional().describe('Days from Monday to Friday.'),
      days: count(3_650).optional().describe('Calendar days.'),
      hours: count(87_600).optional().describe('Hours, then the date of that moment.'),
    })
    .meta({ minProperties: 1, maxProperties: 1 })
    .optional()
    .describe('Due date, counted from the decision, in the top time zone.'),
  verify: z
    .boolean()
    .optional()
    .describe('Look after settings.verifyAfter whether the task is still there; default true.'),
});

const RuleSchema = z.strictObject({
  id: text.max(100).describe('Name of the rule in every explanation.'),
  also: z.boolean().optional().describe('Adds followers and tags; the rules below still decide.'),
  when: z.union([z.literal('any'), WhenSchema]).describe('All keys must match; any: everything.'),
  then: ThenSchema,
});

const CaseSchema = z.strictObject({
  name: text,
  issue: text.describe('File beside this one: a webhook body or an IssueSnapshot, JSON.'),
  at: z.iso
    .datetime({ offset: true, error: 'must be a moment such as 2026-08-14T10:00:00+02:00' })
    .optional()
    .describe('The moment of the decision; default: when the issue was last seen.'),
  away: people.optional().describe('Who is not available.'),
  expect: z.strictObject({
    rule: text.optional().describe('Id of the rule that decides.'),
    assignee: key.nullable().optional().describe('Key of the person, null for nobody.'),
    skip: text.optional().describe('Reason of the skip.'),
    followers: people.optional(),
    due: z.iso.date({ error: 'must be a date such as 2026-08-17' }).optional(),
    priority: text.optional(),
    addTags: tags.optional(),
    subtasks: z.array(text).optional(),
  }),
});

/**
 * The names of a map, for JSON Schema. The map itself takes any name, because zod does not look into an entry whose name
 * it refuses, and every mistake is to be listed at once: check.ts looks at the names.
 */
function namesIn(schema: z.ZodType): { propertyNames: object } {
  const { type: _type, $schema: _draft, ...names } = z.toJSONSchema(schema, { target: 'draft-7' });
  return { propertyNames: names };
}

/** One document. `version` may be missing in all files but one. */
export function formOf(pieces: readonly Piece[]) {
  return z.strictObject({
    $schema: z.string().optional().describe('For editors.'),
    version: z.literal(1).optional().describe('Version of this form.'),
    timezone: timezone
      .optional()
      .describe('IANA time zone of due dates, of working days and of the times that people are told; default UTC.'),
    settings: SettingsSchema.optional(),
    people: z.record(z.string(), personSchema(pieces)).meta(namesIn(key)).optional(),
    teams: z.record(z.string(), TeamSchema).meta(namesIn(key)).optional(),
    projects: z.record(z.string(), projectSchema(pieces)).meta(namesIn(projectGlob)).optional(),
    // Counted over all files by check.ts.
    rules: z.array(RuleSchema).meta({ maxItems: MAX_RULES }).optional(),
    tests: z.array(CaseSchema).max(1_000).optional(),
  });
}
export type Form = ReturnType<typeof formOf>;
/** With the vendors that are there. */
export const FORM = formOf(PIECES);
export type RulesFile = z.output<typeof FORM>;
export type Team = z.output<typeof TeamSchema>;
export type Field = z.output<typeof FieldSchema>;
export type When = z.output<typeof WhenSchema>;
export type Then = z.output<typeof ThenSchema>;
export type Rule = z.output<typeof RuleSchema>;
export type Case = z.output<typeof CaseSchema>;

/** The form as JSON Schema (draft 7, which editors know best) of one file as people write it. */
export function jsonSchema(form: Form = FORM): Record<string, unknown> {
  return {
    ...z.toJSONSchema(form, { io: 'input', target: 'draft-7' }),
    title: 'Errand rules',
  };
}
