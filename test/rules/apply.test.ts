/** From an issue to what the rules propose. */
import fc from 'fast-check';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import { applyRules, MAX_RULE_REASONS } from '../../src/rules/assign';
import type { Rules } from '../../src/rules/load';
import { AT, BASE, CAN, CATCH_ALL, issue, rulesOf, withRules } from './support';

const taskOf = (rules: Rules, values: Partial<IssueSnapshot> = {}, at = AT) => {
  const { verdict } = applyRules(rules, issue(values), CAN, at);
  if (!('task' in verdict)) throw new Error(`skipped: ${verdict.skip}`);
  return verdict.task;
};

describe('applyRules', () => {
  test('a whole plan', async () => {
    const rules = await rulesOf({
      'rules.yaml': `${BASE.replace(
        'project: Errors }',
        'project: 1200000000000001, section: Inbox }, fields: { Environment: { from: event.environment, map: { production: Prod } }, Release: { from: event.release }, Area: Payments }',
      )}rules:
  - { id: local, when: { environment: [local] }, then: { skip: not deployed } }
  - { id: gold, also: true, when: { tags: { tier: gold } }, then: { followers: [ewa, anna], addTags: [gold] } }
  - id: pay
    when: { level: [error], title: ["/basket/"] }
    then:
      assign: { team: core, fallback: [{ team: turns }, { person: ewa }] }
      followers: [anna]
      addTags: [gold, pay]
      priority: high
      due: { workingDays: 1 }
      verify: false
${CATCH_ALL}`,
    });
    expect(applyRules(rules, issue({ tags: { tier: 'gold' } }), CAN, AT)).toEqual({
      rulesHash: rules.hash,
      rule: 'pay',
      reasons: [
        { rule: 'local', matched: false, predicate: 'environment: local', saw: 'production' },
        { rule: 'gold', matched: true, predicate: 'tags.tier: gold', saw: 'gold' },
        { rule: 'pay', matched: true, predicate: 'level: error', saw: 'error' },
        { rule: 'pay', matched: true, predicate: 'title: /basket/', saw: 'TypeError: basket is undefined' },
      ],
      candidates: ['anna', 'piotr'],
      rotation: { team: 'core', kind: 'fixed' },
      fallback: [['anna', 'piotr', 'ewa'], ['ewa'], ['olena']],
      verdict: {
        task: {
          tracker: 'asana',
          workspace: 'Acme',
          project: '1200000000000001',
          section: 'Inbox',
          dueOn: '2026-08-17',
          priority: 'high',
          followers: ['anna', 'ewa'],
          tags: ['gold', 'pay'],
          fields: { Environment: 'Prod', Area: 'Payments' },
          subtasks: [],
          verify: false,
        },
      },
      settings: rules.settings,
      can: CAN,
    });
  });

  test('a skip keeps its reason and names nobody', async () => {
    const rules = await withRules('  - { id: local, when: { level: error }, then: { skip: not deployed } }\n');
    const plan = applyRules(rules, issue(), CAN, AT);
    expect(plan).toMatchObject({ rule: 'local', verdict: { skip: 'not deployed' }, candidates: [], fallback: [] });
  });

  test('a project that the rules do not name is skipped with that reason', async () => {
    const rules = await rulesOf({ 'rules.yaml': `${BASE.replace('"*"', 'checkout-*')}rules:\n${CATCH_ALL}` });
    expect(applyRules(rules, issue(), CAN, AT).verdict).toEqual({ skip: 'no project in the rules matches "web"' });
    expect(applyRules(rules, issue({ project: '' }), CAN, AT).verdict).toEqual({
      skip: 'no project in the rules matches ""',
    });
    expect(taskOf(rules, { project: 'Checkout-API' }).project).toBe('Errors');
  });

  test('the first project that takes the slug decides; * also takes a slug that is not known', async () => {
    const target = (name: string) => `{ asana: { workspace: Acme, project: ${name} } }`;
    const rules = await rulesOf({
      'rules.yaml': `${BASE.replace('projects:', `projects:\n  web: ${target('One')}\n  w*: ${target('Two')}`)}rules:\n${CATCH_ALL}`,
    });
    expect(['web', 'wide', ''].map((project) => taskOf(rules, { project }).project)).toEqual(['One', 'Two', 'Errors']);
  });

  test('a rule that names nobody has the owners as candidates, known ones, each once', async () => {
    const rules = await withRules('  - { id: own, when: { level: error }, then: {} }\n');
    const plan = applyRules(rules, issue({ owners: ['ewa', 'gone', 'anna', 'ewa'] }), CAN, AT);
    expect(plan).toMatchObject({ candidates: ['ewa', 'anna'], rotation: { team: '', kind: 'fixed' }, fallback: [] });
  });

  test('a rule that names a person has only that one', async () => {
    const rules = await withRules('  - { id: one, when: { level: error }, then: { assign: { person: ewa } } }\n');
    expect(applyRules(rules, issue(), CAN, AT)).toMatchObject({ candidates: ['ewa'], fallback: [] });
  });

  test('a rotation by turns names its team', async () => {
    const rules = await withRules('  - { id: t, when: { level: error }, then: { assign: { team: turns } } }\n');
    expect(applyRules(rules, issue(), CAN, AT).rotation).toEqual({ team: 'turns', kind: 'roundRobin' });
  });

  test.each([
    ['issue.shortId', { shortId: 'WEB-1' }, 'WEB-1'],
    ['issue.level', {}, 'error'],
    ['issue.project', {}, 'web'],
    ['issue.culprit', { culprit: 'pay' }, 'pay'],
    ['issue.culprit', { culprit: '' }, undefined],
    ['issue.platform', { platform: 'node' }, 'node'],
    ['event.release', { release: '1.2' }, '1.2'],
    ['event.environment', { environments: ['dev', 'prod'] }, 'prod'],
    ['event.environment', { environments: ['dev', 'prod'], tags: { environment: 'dev' } }, 'dev'],
    ['event.environment', { environments: [] }, undefined],
    ['tags.a.b', { tags: { 'a.b': 'c' } }, 'c'],
    ['tags.toString', {}, undefined],
    ['tags.session_id', { tags: { session_id: 'abc' } }, '[secret]'],
    ['tags.user.role', { tags: { 'user.role': 'abc' } }, '[person]'],
  ])('a field from %s of %j is %s', async (from, values, expected) => {
    const text = BASE.replace('project: Errors }', `project: Errors }, fields: { F: { from: ${from} } }`);
    const rules = await rulesOf({ 'rules.yaml': `${text}rules:\n${CATCH_ALL}` });
    expect(taskOf(rules, values).fields).toEqual(expected === undefined ? {} : { F: expected });
  });

  test('[HC] in the title brings three subtasks, unless the project has its own', async () => {
    const rules = await withRules('');
    const steps = ['Find the affected records', 'Correct the data', 'Verify the correction'];
    expect(taskOf(rules, { title: 'Lost orders [HC]' }).subtasks).toEqual(steps);
    expect(taskOf(rules, { title: 'Lost orders HC' }).subtasks).toEqual([]);
    const own = BASE.replace(
      'project: Errors }',
      'project: Errors }, subtasks: [{ titleContains: order, add: [Count, Refund] }, { titleContains: Lost, add: [Count] }]',
    );
    const other = await rulesOf({ 'rules.yaml': `${own}rules:\n${CATCH_ALL}` });
    expect(taskOf(other, { title: 'Lost orders [HC]' }).subtasks).toEqual(['Count', 'Refund']);
  });

  test('reasons are bounded: first what did not fail goes, then what stands farthest from the decision', async () => {
    const failing = Array.from(
      { length: 40 },
      (_, i) => `  - { id: r${i}, when: { project: web, level: fatal }, then: {} }\n`,
    ).join('');
    const forty = applyRules(await withRules(failing), issue(), CAN, AT).reasons;
    expect(forty).toHaveLength(41);
    expect(forty[0]).toEqual({ rule: 'r0', matched: false, predicate: 'level: fatal', saw: 'error' });
    const hundred = applyRules(
      await withRules(failing + failing.replaceAll('id: r', 'id: s')),
      issue(),
      CAN,
      AT,
    ).reasons;
    expect(hundred).toHaveLength(MAX_RULE_REASONS);
    expect(hundred.at(-1)).toEqual({ rule: 'rest', matched: true, predicate: 'any' });
  });

  test('the first rule that matches decides, whatever the rules and the issue', async () => {
    const level = fc.constantFrom('error', 'fatal', 'info');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(level, fc.boolean()), { maxLength: 6 }), level, async (list, seen) => {
        const text = list
          .map(([l, also], i) => `  - { id: r${i}, also: ${also}, when: { level: ${l} }, then: {} }\n`)
          .join('');
        const plan = applyRules(await withRules(text), issue({ level: seen }), CAN, AT);
        const first = list.findIndex(([l, also]) => l === seen && !also);
        expect(plan.rule).toBe(first < 0 ? 'rest' : `r${first}`);
      }),
      { numRuns: 40 },
    );
  });

  test('no issue and no instant makes it throw', async () => {
    const rules = await withRules(
      '  - { id: a, when: { title: "/a+b/", tags: { x: "!y" } }, then: { due: { workingDays: 3 } } }\n',
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(fc.string()), (title, at, environments) => {
        expect(applyRules(rules, issue({ title, environments }), CAN, at).rulesHash).toBe(rules.hash);
      }),
    );
  });
});
