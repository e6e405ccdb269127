/** What the core takes for granted of every vendor in the registry (docs/developing/adding-a-vendor.md). */
import { codeOf, type Meaning } from '../../src/core/vendor';
import { CATALOGUE } from '../../src/errors';
import { createVendors, REGISTRY } from '../../src/vendors';
import { PIECES } from '../../src/vendors/pieces';
import { NAMED } from '../../src/vendors/names';
import { startSandbox, type Sandbox } from '../../src/sandbox';
import { configOf } from '../support/world';
import { pino } from 'pino';
import { noRules } from '../../src/rules/load';
import { titleOf } from '../../src/core/vendor';

const EACH: Meaning[] = ['unauthorized', 'unavailable'];
const OF_SOURCE: Meaning[] = ['issue_not_found', 'project_not_found', 'many_gone'];
const OF_TRACKER: Meaning[] = ['not_found', 'refused', 'incomplete', 'outcome_unknown', 'forbidden', 'ignored'];

let sandbox: Sandbox;
beforeAll(async () => (sandbox = await startSandbox({ port: 0 })));
afterAll(() => sandbox.close());

const opened = () => {
  const rules = noRules('nowhere');
  return createVendors(configOf(sandbox, 'nowhere'), () => rules, pino({ level: 'silent' }));
};
const missing = (name: string, meanings: Meaning[]): string[] =>
  meanings.map((meaning) => codeOf(name, meaning)).filter((code) => !(code in CATALOGUE));

test('a name is small letters, stands once, and has its piece of the form', () => {
  const names = REGISTRY.map(({ name }) => name);
  for (const name of names) expect(name).toMatch(/^[a-z]+$/);
  expect([...new Set(names)]).toEqual(names);
  expect(PIECES.map(({ name }) => name).sort()).toEqual([...names].sort());
});

test('every source and every tracker has the codes that the core decides by, and is named where nothing else is at hand', () => {
  const { sources, trackers, close } = opened();
  expect(Object.keys(sources).map(titleOf)).toEqual([NAMED.source]);
  expect(Object.keys(trackers).map(titleOf)).toEqual([NAMED.tracker]);
  for (const name of Object.keys(sources)) expect(missing(name, [...EACH, ...OF_SOURCE])).toEqual([]);
  for (const name of Object.keys(trackers)) expect(missing(name, [...EACH, ...OF_TRACKER])).toEqual([]);
  close();
});

test('what can be done is asked of each source by itself', () => {
  const { can, close } = opened();
  expect(can('sentry')).toMatchObject({ write: true, source: true });
  expect(can('bell')).toMatchObject({ write: true, source: false, installation: false });
  close();
});
