import { findPerson, isPerson, peopleWords, personAt } from '../../src/rules/people';
import { rulesOf, BASE, CATCH_ALL } from './support';

const rules = rulesOf({
  'rules.yaml': `${BASE.replace('asana: ewa@example.com', 'asana: ewa@example.com, sentry: "1003"')}rules:\n${CATCH_ALL}`,
});

test.each([
  ['anna@example.com', 'anna'],
  ['ANNA@Example.com', 'anna'],
  ['piotr@example.com', 'piotr'],
  ['1003', 'ewa'],
  ['user:1003', 'ewa'],
  // Ewa has a `sentry` key, so her Asana address is nobody's in Sentry.
  ['ewa@example.com', undefined],
  ['stranger@example.com', undefined],
  ['', undefined],
])('Sentry’s %j is %s', async (who, expected) => {
  expect(personAt(await rules, 'sentry', who)).toBe(expected);
});

const people = 'anna, piotr, ewa, olena';
test.each([
  ['anna', { key: 'anna' }],
  [' Anna ', { key: 'anna' }],
  ['@anna', { key: 'anna' }],
  ['piotr@example.com', { key: 'piotr' }],
  ['pitor', { unknown: 'pitor', didYouMean: 'piotr', people }],
  ['zzz', { unknown: 'zzz', didYouMean: null, people }],
  ['constructor', { unknown: 'constructor', didYouMean: null, people }],
  ['', { unknown: '', didYouMean: null, people }],
])('a hand-typed %j means %j', async (name, expected) => {
  expect(findPerson(await rules, name)).toEqual(expected);
});

test('an address that two people share names neither', async () => {
  const shared = await rulesOf({
    'rules.yaml': `${BASE.replace('piotr@example.com', 'anna@example.com')}rules:\n${CATCH_ALL}`,
  });
  expect(findPerson(shared, 'anna@example.com')).toMatchObject({ unknown: 'anna@example.com', didYouMean: null });
});

test('a name is found as a key is, and a wrong one lists both, within a line', async () => {
  const named = await rulesOf({
    'rules.yaml': `${BASE.replace('piotr: {', 'piotr: { name: Piotr Zieliński,')}rules:\n${CATCH_ALL}`,
  });
  expect(findPerson(named, 'piotr zieliński')).toEqual({ key: 'piotr' });
  expect(peopleWords(named)).toBe('anna, piotr (Piotr Zieliński), ewa, olena');
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`person-${i}`, { ...named.people['anna'] }]));
  const words = peopleWords({ people: many } as Parameters<typeof peopleWords>[0]);
  expect(words).toMatch(/^person-0, .* and \d+ more$/);
  expect(words.length).toBeLessThan(180);
});

test('only keys of the rules are people', async () => {
  expect(isPerson(await rules, 'anna')).toBe(true);
  expect(isPerson(await rules, 'toString')).toBe(false);
});
