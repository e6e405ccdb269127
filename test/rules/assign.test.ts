/** Golden plans and decisions. */
import fc from 'fast-check';
import type { Availability } from '../../src/core/issue/decision';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { PersonKey } from '../../src/core/refs';
import { applyRules, MAX_PERSON_REASONS, selectAssignee } from '../../src/rules/assign';
import type { Rules } from '../../src/rules/load';
import { AT, BASE, CAN, CATCH_ALL, issue, rulesOf, withRules } from './support';

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
