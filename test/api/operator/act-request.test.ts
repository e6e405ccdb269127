/** Bodies and keys of the operators' acts, without Temporal: what is taken, and in which words the rest is refused. */
import { join } from 'node:path';
import { z } from 'zod';
import { actInput, commandId, commandKey, knownPerson } from '../../../src/api/operator/act-request';
import { valid } from '../../../src/api/operator/valid';
import { OPERATOR_ACTS, type OperatorAct } from '../../../src/contract';
import { ErrandError } from '../../../src/errors';
import { loadRules, type Rules } from '../../../src/rules/load';

let rules: Rules;
beforeAll(async () => {
  const loaded = await loadRules(join(__dirname, '..', '..', '..', 'rules'));
  if (!('rules' in loaded)) throw new Error('the example rules cannot be read');
  rules = loaded.rules;
});

function refusal(ask: () => unknown): ErrandError {
  try {
    ask();
  } catch (e) {
    if (e instanceof ErrandError) return e;
    throw e;
  }
  throw new Error('it was not refused');
}

const BARE = ['resolve', 'retry', 'recheck'] as const;
/** What schema libraries say, which helps nobody who does not know the code. */
const RAW = /invalid input|invalid option|expected|received|unrecognized|too (big|small)|NaN|undefined/i;

it.each(BARE)('%s takes no body, an empty one, and an empty object', (act) => {
  for (const raw of [undefined, '', ' \n', '{}', ' { } ']) expect(actInput(act, raw)).toEqual({});
});

it('retry takes the code of what is to be tried again', () => {
  expect(actInput('retry', '{"code":"sentry_many_gone"}')).toEqual({ code: 'sentry_many_gone' });
});

it('reassign and mute take their one field, without the blanks around it', () => {
  expect(actInput('reassign', '{"to":" anna "}')).toEqual({ to: 'anna' });
  for (const text of ['1m', '4h', '1d', '90d', '12w'])
    expect(actInput('mute', JSON.stringify({ for: text }))).toEqual({ for: text });
});

const REFUSED: [OperatorAct, string | undefined, RegExp][] = [
  ...BARE.flatMap((act): [OperatorAct, string, RegExp][] => [
    [act, 'hello', /not JSON/],
    [act, '{"to":', /not JSON/],
    [act, '[]', /must be a JSON object/],
    [act, 'null', /must be a JSON object/],
    [act, '"anna"', /must be a JSON object/],
    [act, '{"to":"anna"}', /"to" is not known here/],
    [act, '{"__proto__":{}}', /"__proto__" is not known here/],
  ]),
  ['retry', '{"code":"nonsense"}', /code: must be a code/],
  ['reassign', undefined, /to: is missing/],
  ['reassign', '', /to: is missing/],
  ['reassign', '{}', /to: is missing/],
  ['reassign', '{"to":""}', /to: must not be empty/],
  ['reassign', '{"to":" "}', /to: must not be empty/],
  ['reassign', '{"to":7}', /to: must be a text/],
  ['reassign', '{"to":null}', /to: must be a text/],
  ['reassign', '{"to":["anna"]}', /to: must be one value/],
  ['reassign', `{"to":"${'x'.repeat(101)}"}`, /to: must have at most 100 characters/],
  ['reassign', '{"who":"anna"}', /to: is missing; "who" is not known here/],
  ['reassign', '{"to":"anna","for":"1d"}', /"for" is not known here/],
  ['reassign', '"anna"', /must be a JSON object/],
  ['mute', undefined, /for: is missing/],
  ['mute', '{}', /for: is missing/],
  ['mute', '{"for":24}', /for: must be a text/],
  ...['', '1', 'd', '0d', '-1d', '1y', '1.5h', '91d', '1 d', 'for ever', '129601m'].map(
    (text): [OperatorAct, string, RegExp] => ['mute', JSON.stringify({ for: text }), /for: must be a number with m, h/],
  ),
  ['mute', '{"until":"1d"}', /"until" is not known here/],
];

it.each(REFUSED)('%s %s is refused in words', (act, raw, words) => {
  const { code, detail = '' } = refusal(() => actInput(act, raw));
  expect(code).toBe('invalid');
  expect(detail).toMatch(words);
  expect(detail).toContain(`${act} takes `);
  expect(detail).not.toMatch(RAW);
});

const PEOPLE = 'People: anna (Anna Nowak), piotr (Piotr Zieliński), ewa (Ewa Wójcik), olena (Olena Kovalenko).';

it('a person is found as everywhere in the rules, and nobody else', () => {
  const asana = rules.people['anna']?.asana ?? '';
  for (const name of ['anna', 'Anna', '@anna', asana]) expect(knownPerson(rules, name)).toBe('anna');
  const typo = refusal(() => knownPerson(rules, 'anan'));
  expect(typo.code).toBe('unknown_person');
  expect(typo.detail).toBe(`There is no "anan"; did you mean "anna"? ${PEOPLE}`);
  expect(refusal(() => knownPerson(rules, 'constructor')).detail).toBe(`There is no "constructor". ${PEOPLE}`);
});

it('a key has 1 to 100 printable characters; without one every command is another', () => {
  for (const key of ['a', 'x'.repeat(100), 'deploy 42: {resolve}']) expect(commandKey(key)).toBe(key);
  for (const key of ['', 'x'.repeat(101), 'a\tb', 'kl\u00fcger', ['a', 'b']])
    expect(refusal(() => commandKey(key))).toMatchObject({ code: 'invalid' });
  expect(commandKey(undefined)).not.toBe(commandKey(undefined));
});

it('the same key is the same command only for the same act, input and person', () => {
  const id = commandId('reassign', { to: 'anna' }, 'ops', 'one');
  expect(commandId('reassign', { to: 'anna' }, 'ops', 'one')).toBe(id);
  const others = [
    ...OPERATOR_ACTS.map((act) => commandId(act, {}, 'ops', 'one')),
    commandId('reassign', { to: 'piotr' }, 'ops', 'one'),
    commandId('reassign', { to: 'anna' }, 'else', 'one'),
    commandId('reassign', { to: 'anna' }, 'ops', 'two'),
    commandId('mute', { for: '1d' }, 'ops', 'one'),
    commandId('mute', { for: '1h' }, 'ops', 'one'),
  ];
  expect(new Set([id, ...others]).size).toBe(others.length + 1);
  // The workflow replaces a longer id by one of its own, and would then take the command twice.
  for (const other of [id, ...others]) expect(other.length).toBeLessThanOrEqual(100);
});

it('what is wrong in a query is said in words, too', () => {
  const schema = z.object({
    state: z.enum(['new', 'open']).optional(),
    project: z.string().max(3).optional(),
    limit: z.coerce.number().int().min(1).max(5).default(5),
  });
  const words = (query: object): string => refusal(() => valid(schema, query)).detail ?? '';
  expect(words({ state: 'dreaming' })).toBe('state: must be one of new, open.');
  expect(words({ project: ['a', 'b'] })).toBe('project: must be one value, not several.');
  expect(words({ project: 'long' })).toBe('project: must have at most 3 characters.');
  expect(words({ limit: '0' })).toBe('limit: must be at least 1.');
  expect(words({ limit: '6' })).toBe('limit: must be at most 5.');
  expect(words({ limit: '1.5' })).toBe('limit: must be a whole number.');
  expect(words({ limit: 'many', state: '' })).toBe('state: must be one of new, open; limit: must be a number.');
});
