/** Every kind of mistake, with its exact words and place. */
import { BASE, CATCH_ALL, mistakesIn } from './support';

/** BASE has 12 lines and `rules:` is the 13th, so the first rule stands in line 14. */
const rule = (text: string) => `${BASE}rules:\n  - ${text}\n${CATCH_ALL}`;
const base = (from: string, to: string) => `${BASE.replace(from, to)}rules:\n${CATCH_ALL}`;
const withSettings = (text: string) => `${BASE}settings: ${text}\nrules:\n${CATCH_ALL}`;
const withTests = (text: string) => `${BASE}rules:\n${CATCH_ALL}tests:\n  - ${text}\n`;
const RE2 = '(RE2 syntax: no back references, no look-around)';

test('rules without a mistake have none', async () => {
  expect(await mistakesIn(`${BASE}rules:\n${CATCH_ALL}`)).toEqual([]);
});

const TABLE: [what: string, text: string, expected: string[]][] = [
  [
    'an unknown key',
    rule('{ id: a, when: { enviroment: [x] }, then: {} }'),
    ['rules.yaml:14:22 "enviroment" is not a key here; did you mean "environment"?'],
  ],
  [
    'the beginning of a key',
    rule('{ id: a, when: { env: [x] }, then: {} }'),
    ['rules.yaml:14:22 "env" is not a key here; did you mean "environment"?'],
  ],
  [
    'a key like no other',
    rule('{ id: a, when: any, also: true, then: { colour: red } }'),
    [
      'rules.yaml:14:45 "colour" is not a key here; known here: skip, assign, followers, addTags, priority, due, verify',
    ],
  ],
  ['a wrong type', base('[anna, piotr]', 'anna'), ['rules.yaml:9:20 "members" must be a list, not "anna"']],
  ['an empty value', base('[anna, piotr]', ''), ['rules.yaml:9:20 "members" must be a list, not empty']],
  ['an empty list', base('[anna, piotr]', '[]'), ['rules.yaml:9:20 "members" must not be empty']],
  ['a missing key', base('asana: ewa@example.com', 'slack: U1'), ['rules.yaml:6:3 "asana" is missing']],
  [
    'a number for text',
    rule('{ id: 7, when: { level: 5 }, then: {} }'),
    [
      'rules.yaml:14:11 "id" must be text, not 7; put it in quotes',
      'rules.yaml:14:29 "level" must be text or a list, not 5; put it in quotes',
    ],
  ],
  [
    'a gid too large',
    base('project: Errors', 'project: 1200000000000000000001'),
    ['rules.yaml:12:45 "project" is no whole number that can be read exactly; put it in quotes'],
  ],
  [
    'a wrong word',
    base('roundRobin', 'roundrobin'),
    ['rules.yaml:10:51 "rotation" must be "fixed" or "roundRobin", not "roundrobin"; did you mean "roundRobin"?'],
  ],
  [
    'an unknown member',
    base('[anna, piotr]', '[anna, pitor]'),
    ['rules.yaml:9:27 "pitor" is not among the people; did you mean "piotr"?'],
  ],
  ['an unknown lead', base('lead: olena', 'lead: bob'), ['rules.yaml:9:41 "bob" is not among the people']],
  ['a member twice', base('[anna, piotr]', '[anna, anna]'), ['rules.yaml:9:27 "anna" is in the list twice']],
  [
    'unknown references of a rule',
    rule('{ id: a, when: any, also: true, then: { followers: [ana] } }'),
    ['rules.yaml:14:57 "ana" is not among the people; did you mean "anna"?'],
  ],
  [
    'an unknown team and an unknown fallback',
    rule('{ id: a, when: { level: x }, then: { assign: { team: cor, fallback: [{ person: ewaa }, { team: x }] } } }'),
    [
      'rules.yaml:14:58 "cor" is not among the teams; did you mean "core"?',
      'rules.yaml:14:84 "ewaa" is not among the people; did you mean "ewa"?',
      'rules.yaml:14:100 "x" is not among the teams',
    ],
  ],
  [
    'an object property of JavaScript as a person',
    rule('{ id: a, when: { level: x }, then: { assign: { person: constructor } } }'),
    ['rules.yaml:14:60 "constructor" is not among the people'],
  ],
  [
    'a team and a person',
    rule('{ id: a, when: { level: x }, then: { assign: { team: core, person: anna } } }'),
    ['rules.yaml:14:50 must have exactly one of "team", "person"'],
  ],
  [
    'a due date in two units',
    rule('{ id: a, when: { level: x }, then: { due: { days: 1, hours: 2 } } }'),
    ['rules.yaml:14:47 must have exactly one of "workingDays", "days", "hours"'],
  ],
  [
    'a time zone',
    base('Europe/Warsaw', 'Europe/Warsav'),
    ['rules.yaml:2:11 "timezone" is no time zone: "Europe/Warsav"; did you mean "Europe/Warsaw"?'],
  ],
  [
    'a person’s time zone',
    base('Europe/Kyiv', 'Mars'),
    ['rules.yaml:7:48 "timezone" is no time zone: "Mars"; write one such as "Europe/Warsaw"'],
  ],
  [
    'look-ahead',
    rule('{ id: a, when: { title: "/(?=a)/" }, then: {} }'),
    [`rules.yaml:14:29 "title" is no regular expression here: invalid or unsupported Perl syntax: \`(?=\` ${RE2}`],
  ],
  [
    'look-behind',
    rule('{ id: a, when: { title: "/(?<=a)b/" }, then: {} }'),
    [expect.stringMatching(/^rules\.yaml:14:29 "title" is no regular expression here: .*RE2 syntax/) as string],
  ],
  [
    'a back reference',
    rule(`{ id: a, when: { title: ['/(a)\\1/'] }, then: {} }`),
    [`rules.yaml:14:30 "title" is no regular expression here: invalid escape sequence: \`\\1\` ${RE2}`],
  ],
  [
    'a broken regular expression behind a !',
    rule('{ id: a, when: { tags: { x: "!/(/i" } }, then: {} }'),
    [`rules.yaml:14:33 "x" is no regular expression here: missing closing ): \`(\` ${RE2}`],
  ],
  [
    'flags of JavaScript',
    rule('{ id: a, when: { title: /a/gi }, then: {} }'),
    ['rules.yaml:14:29 "title" ends in "/gi", but "i" is the only flag a regular expression has here'],
  ],
  [
    'a regular expression that compiles into a huge program',
    rule(`{ id: a, when: { title: "/${'(?:ab){900}'.repeat(4)}/" }, then: {} }`),
    ['rules.yaml:14:29 "title" is too large a regular expression; use fewer or smaller {repeats}'],
  ],
  [
    'empty and doubly negated patterns',
    rule('{ id: a, when: { title: ["", "!", "!!x"] }, then: {} }'),
    [
      'rules.yaml:14:30 "title" must not be empty',
      'rules.yaml:14:34 "title" has nothing after the "!"',
      'rules.yaml:14:39 "title" begins with two "!"; write one, or none',
    ],
  ],
  [
    'a pattern too long',
    rule(`{ id: a, when: { title: ${'x'.repeat(502)} }, then: {} }`),
    ['rules.yaml:14:29 "title" is longer than 501 characters'],
  ],
  [
    'a ! without quotes, which YAML would swallow',
    rule('{ id: a, when: { title: [!/^test:/i, x] }, then: {} }'),
    ['rules.yaml:14:30 a value that begins with ! must be in quotes, because YAML takes it for a tag: "!…"'],
  ],
  [
    'a * without quotes',
    rule('{ id: a, when: { title: *timeout* }, then: {} }'),
    ['rules.yaml:14:29 a value that begins with * must be in quotes, because YAML takes it for an alias: "*…"'],
  ],
  [
    'no condition at all',
    rule('{ id: a, when: {}, then: {} }'),
    ['rules.yaml:14:20 has no condition; write `any` to take everything'],
  ],
  [
    'a word that is not any',
    rule('{ id: a, when: all, then: {} }'),
    ['rules.yaml:14:20 "when" must be "any" or a map (key: value), not "all"'],
  ],
  [
    'a rule after the catch-all',
    `${BASE}rules:\n${CATCH_ALL}  - { id: b, when: any, then: {} }\n`,
    ['rules.yaml:15:5 is never reached: the rule at rules.yaml:14:5 takes everything'],
  ],
  [
    'no catch-all',
    `${BASE}rules:\n  - { id: a, when: { level: x }, then: {} }\n`,
    ['rules.yaml:14:5 the last rule must take everything: `when: any`, without `also`'],
  ],
  [
    'a catch-all that only adds',
    `${BASE}rules:\n  - { id: a, also: true, when: any, then: {} }\n`,
    ['rules.yaml:14:5 the last rule must take everything: `when: any`, without `also`'],
  ],
  ['no rules', BASE, ['rules.yaml:1:1 "rules" is missing: at least one rule, with `when: any`']],
  [
    'an id twice',
    rule('{ id: rest, when: { level: x }, then: {} }'),
    ['rules.yaml:15:11 "rest" is given twice; first at rules.yaml:14:11'],
  ],
  [
    'an also rule that decides',
    rule('{ id: a, also: true, when: { level: x }, then: { addTags: [t], skip: no, verify: false } }'),
    [
      'rules.yaml:14:68 "skip" has no place in an `also` rule, which only adds followers and tags',
      'rules.yaml:14:78 "verify" has no place in an `also` rule, which only adds followers and tags',
    ],
  ],
  [
    'skip beside something else',
    rule('{ id: a, when: { level: x }, then: { skip: no, priority: high } }'),
    ['rules.yaml:14:52 "priority" has no place beside `skip`, which makes no task'],
  ],
  [
    'durations',
    withSettings('{ verifyAfter: 5, linger: 90 days, attentionAgain: 99999d }'),
    [18, 29, 54].map((column, i) => {
      const key = ['verifyAfter', 'linger', 'attentionAgain'][i];
      return `rules.yaml:13:${column + 8} "${key}" must be a duration such as 30s, 5m, 1h or 90d, ten years at most`;
    }),
  ],
  [
    'waits that cannot be kept',
    withSettings('{ retry: { first: 5m, max: 1s, attempts: 0 } }'),
    ['rules.yaml:13:38 must not be shorter than `first`', 'rules.yaml:13:52 "attempts" must be at least 1'],
  ],
  [
    'names of people',
    base('  ewa:', '  ewa@example.com:').replace('piotr, ewa]', 'piotr]'),
    [
      'rules.yaml:6:3 "ewa@example.com" must be a short name of letters, digits, ".", "_" and "-" (not an e-mail address)',
    ],
  ],
  [
    'a project that is never reached',
    base('projects:', 'projects:\n  "**": { asana: { workspace: Acme, project: Errors } }'),
    ['rules.yaml:13:3 "*" is never reached: "*" at rules.yaml:12:3 takes every project'],
  ],
  [
    'what a field comes from',
    base('project: Errors }', 'project: Errors }, fields: { E: { from: event.env } }'),
    [
      'rules.yaml:12:76 "from" must be one of issue.shortId, issue.level, issue.project, issue.culprit, issue.platform, event.environment, event.release or tags.<name>',
    ],
  ],
  [
    'a test',
    withTests('{ name: n, issue: x, at: 2026-08-14, away: [bob], expect: { rule: rset, assignee: ana, due: soon } }'),
    [
      'rules.yaml:16:30 "at" must be a moment such as 2026-08-14T10:00:00+02:00',
      'rules.yaml:16:49 "bob" is not among the people',
      'rules.yaml:16:71 "rset" is not among the rules; did you mean "rest"?',
      'rules.yaml:16:87 "ana" is not among the people; did you mean "anna"?',
      'rules.yaml:16:97 "due" must be a date such as 2026-08-17',
    ],
  ],
  ['a key twice', `${BASE}rules:\n${CATCH_ALL}version: 1\n`, ['rules.yaml:15:1 this key is already given above']],
  ['another version', base('version: 1', 'version: 2'), ['rules.yaml:1:10 "version" must be 1, not 2']],
  ['no version', base('version: 1\n', ''), ['rules.yaml:1:1 "version" is missing; write `version: 1` at the top']],
  ['broken YAML', 'version: 1\na: "x\n', ['rules.yaml:3:1 Missing closing "quote']],
  [
    'nesting without end',
    '['.repeat(50_000),
    [expect.stringMatching(/^rules\.yaml:1:\d+ is nested too deeply$/) as string],
  ],
];
test.each(TABLE)('%s', async (_what, text, expected) => {
  expect(await mistakesIn(text)).toEqual(expected);
});

test('every mistake is listed at once, in reading order', async () => {
  const text = `version: 1
timezon: UTC
people:
  anna: { asana: 1, hours: office }
teams:
  core: { members: [ana], rotation: sticky }
projects:
  "*": { asana: { workspace: Acme } }
rules:
  - { id: a, when: { url: x, title: "/(/" }, then: { assign: { team: cor } } }
`;
  const places = (await mistakesIn(text)).map((line) => line.split(' ')[0]);
  expect(places).toEqual(
    ['2:1', '4:21', '6:21', '6:37', '8:10', '10:5', '10:22', '10:37', '10:70'].map((p) => `rules.yaml:${p}`),
  );
});
