/** Golden plans and decisions. */
import fc from 'fast-check';
import type { Availability } from '../../src/core/issue/decision';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { PersonKey } from '../../src/core/refs';
import { applyRules, MAX_PERSON_REASONS, MAX_RULE_REASONS, selectAssignee } from '../../src/rules/assign';
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

describe('selectAssignee', () => {
  const everybody: Availability = { anna: 'available', piotr: 'available', ewa: 'available', olena: 'available' };
  const away = (...people: PersonKey[]): Availability => ({
    ...everybody,
    ...Object.fromEntries(people.map((p) => [p, 'not available' as const])),
  });
  const CORE = '  - { id: r, when: { level: error }, then: { assign: { team: core, fallback: [{ person: ewa }] } } }\n';
  const TURNS = '  - { id: r, when: { level: error }, then: { assign: { team: turns } } }\n';

  async function decide(
    text: string,
    availability: Availability | 'unknown',
    more: {
      issue?: Partial<IssueSnapshot>;
      before?: PersonKey;
      nextTurn?: (team: string, candidates: PersonKey[]) => Promise<PersonKey>;
      rules?: (rules: Rules) => Rules;
    } = {},
  ) {
    const loaded = await withRules(text);
    const rules = more.rules ? more.rules(loaded) : loaded;
    const it = issue(more.issue);
    const plan = applyRules(rules, it, CAN, AT);
    const { nextTurn } = more;
    const decision = await selectAssignee(rules, {
      issue: it,
      proposal: plan,
      availability,
      before: more.before ?? null,
      at: AT,
      ...(nextTurn && { nextTurn }),
    });
    return {
      decision,
      assign: 'assign' in decision.verdict ? decision.verdict.assign : 'skip',
      people: decision.reasons.flatMap((r) =>
        'person' in r ? [`${r.person} ${r.kept ? '+' : '-'} ${r.because}`] : [],
      ),
    };
  }

  test('fixed: the first; the others were not their turn', async () => {
    const { assign, people, decision } = await decide(CORE, everybody);
    expect([assign, people]).toEqual(['anna', ['piotr - not their turn', 'anna + chosen']]);
    expect(decision).toMatchObject({ at: AT, rule: 'r' });
    expect(decision.again).toBeUndefined();
  });

  test('who is away is never chosen, and no reason tells more than that', async () => {
    const { assign, people } = await decide(CORE, away('anna'));
    expect([assign, people]).toEqual(['piotr', ['anna - not available', 'piotr + chosen']]);
  });

  test('then the fallback, then the lead', async () => {
    expect((await decide(CORE, away('anna', 'piotr'))).assign).toBe('ewa');
    expect(await decide(CORE, away('anna', 'piotr', 'ewa'))).toMatchObject({
      assign: 'olena',
      people: ['anna - not available', 'piotr - not available', 'ewa - not available', 'olena + chosen'],
    });
  });

  test('nobody left: again on the next working morning', async () => {
    const { assign, decision } = await decide(CORE, away('anna', 'piotr', 'ewa', 'olena'));
    expect(assign).toBeNull();
    expect(decision.again).toBe('2026-08-17T07:00:00.000Z');
    expect(decision.degraded).toBeUndefined();
  });

  test('availability unknown: nobody for now, and again soon', async () => {
    const { assign, decision, people } = await decide(CORE, 'unknown');
    expect([assign, people]).toEqual([null, []]);
    expect(decision).toMatchObject({ degraded: 'availability unknown', again: '2026-08-14T08:05:00.000Z' });
  });

  test('a person who cannot be looked up is kept, and the reasons say so', async () => {
    const partial: Availability = { piotr: 'unknown' };
    expect(await decide(CORE, partial)).toMatchObject({
      assign: 'anna',
      people: ['anna + unknown', 'piotr + unknown', 'piotr - not their turn', 'anna + chosen'],
    });
  });

  test('by turns: asked with those who remain, only when there is a choice', async () => {
    const asked: unknown[] = [];
    const nextTurn = (team: string, candidates: PersonKey[]) => {
      asked.push([team, candidates]);
      return Promise.resolve('ewa');
    };
    expect((await decide(TURNS, away('anna'), { nextTurn })).assign).toBe('ewa');
    expect((await decide(TURNS, away('anna', 'ewa'), { nextTurn })).assign).toBe('piotr');
    expect(asked).toEqual([['turns', ['piotr', 'ewa']]]);
  });

  test('an answer about turns that is not among those who remain is not taken', async () => {
    expect((await decide(TURNS, away('anna'), { nextTurn: () => Promise.resolve('anna') })).assign).toBe('piotr');
  });

  test('a failure to learn whose turn it is fails the decision, so that it is tried again', async () => {
    const nextTurn = () => Promise.reject(new Error('no answer'));
    await expect(decide(TURNS, everybody, { nextTurn })).rejects.toThrow('no answer');
  });

  test('somebody assigned in Sentry stays, unless away, unknown to the rules, or switched off', async () => {
    const assigned = { issue: { assignee: 'ewa' } };
    expect(await decide(CORE, everybody, assigned)).toMatchObject({
      assign: 'ewa',
      people: ['anna - not their turn', 'piotr - not their turn', 'ewa + already assigned in Sentry'],
    });
    expect((await decide(CORE, away('ewa'), assigned)).people[0]).toBe('ewa - not available');
    expect((await decide(CORE, away('ewa'), assigned)).assign).toBe('anna');
    expect((await decide(CORE, everybody, { issue: { assignee: 'gone' } })).assign).toBe('anna');
    const off = (rules: Rules): Rules => ({ ...rules, settings: { ...rules.settings, keepSentryAssignee: false } });
    expect((await decide(CORE, everybody, { ...assigned, rules: off })).assign).toBe('anna');
  });

  test('who had it before a regression has it again, unless away or gone', async () => {
    expect(await decide(CORE, everybody, { before: 'piotr' })).toMatchObject({
      assign: 'piotr',
      people: ['anna - not their turn', 'piotr + had it before'],
    });
    expect((await decide(CORE, everybody, { before: 'olena' })).assign).toBe('olena');
    expect((await decide(CORE, away('piotr'), { before: 'piotr' })).assign).toBe('anna');
    expect((await decide(CORE, everybody, { before: 'gone' })).assign).toBe('anna');
    expect((await decide(CORE, everybody, { before: 'piotr', issue: { assignee: 'ewa' } })).assign).toBe('ewa');
  });

  test('a rule that names nobody and no owner: nobody', async () => {
    expect((await decide('  - { id: r, when: { level: error }, then: {} }\n', everybody)).assign).toBeNull();
  });

  test('a skip stays a skip', async () => {
    const { decision } = await decide('  - { id: r, when: { level: error }, then: { skip: no } }\n', 'unknown');
    expect(decision).toMatchObject({ verdict: { skip: 'no' } });
    expect(decision.degraded).toBeUndefined();
  });

  test('reasons about people are bounded, and those of the chosen one stay', async () => {
    const many = Array.from({ length: 50 }, (_, i) => `p${i}`);
    const text = BASE.replace(
      'people:',
      `people:\n${many.map((p) => `  ${p}: { asana: ${p}@x.example }`).join('\n')}`,
    ).replace('[anna, piotr]', `[${many.join(', ')}]`);
    const rules = await rulesOf({ 'rules.yaml': `${text}rules:\n${CATCH_ALL}` });
    const plan = applyRules(rules, issue(), CAN, AT);
    const { reasons } = await selectAssignee(rules, {
      issue: issue(),
      proposal: plan,
      availability: {},
      before: null,
      at: AT,
    });
    const people = reasons.filter((r) => 'person' in r);
    expect(people).toHaveLength(MAX_PERSON_REASONS);
    expect(people.slice(-2)).toEqual([
      { person: 'p0', kept: true, because: 'unknown' },
      { person: 'p0', kept: true, because: 'chosen' },
    ]);
  });

  test('nobody away is ever assigned, and whoever is assigned has a reason', async () => {
    const person = fc.constantFrom('anna', 'piotr', 'ewa', 'olena');
    const status = fc.constantFrom('available', 'not available', 'unknown');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(CORE, TURNS),
        fc.dictionary(person, status) as fc.Arbitrary<Availability>,
        fc.option(person),
        fc.option(person),
        person,
        async (text, availability, assignee, before, turn) => {
          const made = await decide(text, availability, {
            issue: { assignee },
            ...(before !== null && { before }),
            nextTurn: () => Promise.resolve(turn),
          });
          if (made.assign === null) {
            expect(made.decision.again).toBeDefined();
          } else {
            expect(availability[made.assign]).not.toBe('not available');
            expect(made.people.at(-1)).toMatch(new RegExp(`^${made.assign} \\+ (chosen|already|had)`));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
