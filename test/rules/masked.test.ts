/** Rules match on what a tag really is; what is kept of it and shown is masked by its name. */
import { readIssue } from '../../src/activities/source';
import { sentrySource } from '../../src/vendors/sentry/webhook';
import { sentryLegacySource } from '../../src/vendors/sentry/webhook-legacy';
import { webhookToSnapshot } from '../../src/vendors/sentry/wire/snapshot';
import { applyRules } from '../../src/rules/assign';
import type { Rules } from '../../src/rules/load';
import { looksAtTag } from '../../src/rules/tags';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import { asActivity, depsWith } from '../support/activity';
import { AT, BASE, CAN, CATCH_ALL, issue, rulesOf, withRules } from './support';

const TAGS = { password: 'hunter', api_key: 'abcdef', username: 'zoe', 'user.role': 'boss', colour: 'red' };
const ZOE = '  - { id: zoe, when: { tags: { username: [zoe], api_key: ["!/^x/"] } }, then: { skip: known } }\n';

test('a rule matches on the value, and its reason shows neither the value nor the pattern that takes it', async () => {
  const plan = applyRules(await withRules(ZOE), issue({ tags: TAGS }), CAN, AT);
  expect(plan.rule).toBe('zoe');
  expect(plan.reasons).toEqual([
    { rule: 'zoe', matched: true, predicate: 'tags.username: [person]', saw: '[person]' },
    { rule: 'zoe', matched: true, predicate: 'tags.api_key: [secret]', saw: '[secret]' },
  ]);
  const other = applyRules(await withRules(ZOE), issue({ tags: { ...TAGS, username: 'ewa' } }), CAN, AT);
  expect(other.rule).toBe('rest');
  expect(JSON.stringify(other.reasons)).not.toMatch(/zoe: |ewa|"saw":"zoe"/);
});

test('a reason is masked before it is cut', async () => {
  const long = `/${'x'.repeat(60)} password=hunter2hunter2/`;
  const rules = await withRules(`  - { id: t, when: { title: [${JSON.stringify(long)}] }, then: { skip: x } }\n`);
  expect(JSON.stringify(applyRules(rules, issue(), CAN, AT).reasons)).not.toContain('hunter');
});

test('a field maps the value that was there, and shows no other', async () => {
  const field = 'F: { from: tags.username, map: { zoe: Gold } }';
  const text = BASE.replace('project: Errors }', `project: Errors }, fields: { ${field}, G: { from: tags.api_key } }`);
  const rules = await rulesOf({ 'rules.yaml': `${text}rules:\n${CATCH_ALL}` });
  const fields = (tags: Record<string, string>): unknown => {
    const { verdict } = applyRules(rules, issue({ tags }), CAN, AT);
    return 'task' in verdict ? verdict.task.fields : undefined;
  };
  expect(fields(TAGS)).toEqual({ F: 'Gold', G: '[secret]' });
  expect(fields({ username: 'ewa' })).toEqual({ F: '[person]' });
  expect([looksAtTag(rules, 'username'), looksAtTag(rules, 'api_key')]).toEqual([true, false]);
});

describe('what the history gets', () => {
  const read = async (rules: Rules, seed: boolean): Promise<IssueSnapshot> => {
    const found = issue({ tags: TAGS });
    const sources = seed ? {} : { sentry: { readIssue: () => Promise.resolve(found) } };
    const deps = depsWith({
      sources,
      installation: () => Promise.resolve(undefined),
      can: () => CAN,
      rules: () => rules,
    });
    const input = { ref: found.ref, environments: [], ...(seed ? { seed: found } : {}) };
    const { issue: got } = await asActivity(() => readIssue(deps)(input));
    if (typeof got === 'string') throw new Error(got);
    return got;
  };

  test.each([false, true])('of a read only what a rule looks at (the webhook’s own snapshot: %s)', async (seed) => {
    const masked = { ...TAGS, password: '[secret]', 'user.role': '[person]' };
    expect((await read(await withRules(ZOE), seed)).tags).toEqual(masked);
    expect((await read(await withRules(''), seed)).tags).toEqual({
      ...masked,
      api_key: '[secret]',
      username: '[person]',
    });
  });

  test('of a webhook the same, before it is on the disk', () => {
    const event = { issue_id: '4711', title: 'T', tags: Object.entries(TAGS) };
    const from = { org: 'acme', person: () => undefined, looksAt: (tag: string) => tag === 'username' };
    const signed = sentrySource({ secrets: ['x'], ...from });
    const body = { action: 'triggered', data: { event } };
    const old = sentryLegacySource(from).parse({ id: '4711', project: 'web', event }, {});
    for (const { hints } of [signed.parse(body, { 'sentry-hook-resource': 'event_alert' }), old])
      expect(hints[0]?.seed?.tags).toEqual({
        ...TAGS,
        password: '[secret]',
        api_key: '[secret]',
        'user.role': '[person]',
      });
  });

  test('a title is masked before it is cut', () => {
    const half = (n: number): string | undefined =>
      webhookToSnapshot(
        { data: { event: { issue_id: '1', title: `password=${'x'.repeat(n)} postgres://app:hunter2hunter2@db/x` } } },
        { org: 'acme', now: AT, person: () => undefined },
      )?.title;
    for (const n of [963, 966, 1_213, 1_963, 1_966]) expect(half(n)).not.toContain('hunter2');
  });
});
