import { jsonOf } from '../../../src/api/webhooks/json';
import { sentrySource } from '../../../src/vendors/sentry/webhook';
import { sentryLegacySource } from '../../../src/vendors/sentry/webhook-legacy';
import { BODIES, delivery } from './webhook-fixtures';

const person = (): undefined => undefined;
const SIGNED = sentrySource({ secrets: ['x'], org: 'acme', person });
const LEGACY = sentryLegacySource({ org: 'acme', person });

const DOCS = 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de';
const ZULIP = '65027794-169a-4042-80d0-808ece377141';
const DERIVED = '24b397fc-a86e-43ef-9297-949e21b82480';
const MOCK = '7a485448-a9e2-4c85-8a3c-4f44175783c9';
const NO = undefined;

type Row = [
  file: string,
  id: string | undefined,
  what: string,
  urgent: boolean,
  environment: string | undefined,
  understood: boolean,
  installation: string | undefined,
];

/** Every webhook body that was ever found, and what it means. An id of `NO` is "no hint". */
const TABLE: Row[] = [
  ['comment.created.docs.json', '100', 'comment.created', false, NO, true, 'eac5a0ae-60ec-418f-9318-46dc5e7e52ec'],
  ['data_only.activity_alert.triggered.json', '123456', 'activity_alert.triggered', false, NO, true, MOCK],
  ['data_only.comment.created.json', '123456', 'comment.created', false, NO, true, MOCK],
  ['data_only.error.created.json', '123456', 'error.created', false, 'production', true, MOCK],
  ['data_only.event_alert.triggered.json', '123456', 'event_alert.triggered', false, NO, true, MOCK],
  ['data_only.installation.created.json', NO, 'installation.created', false, NO, true, MOCK],
  ['data_only.issue.created.json', '123456', 'issue.created', false, NO, true, MOCK],
  ['data_only.metric_alert.critical.json', NO, 'metric_alert.critical', false, NO, true, MOCK],
  ['data_only.seer.root_cause_started.json', '123456', 'seer.root_cause_started', false, NO, true, MOCK],
  ['derived.issue.archived.json', '1234567890', 'issue.archived', true, NO, true, DERIVED],
  ['derived.issue.ignored.until-condition.json', '1234567890', 'issue.ignored', true, NO, true, DERIVED],
  ['derived.issue.resolved.in-next-release.json', '1234567890', 'issue.resolved', true, NO, true, DERIVED],
  ['derived.issue.unresolved.escalating.json', '1234567890', 'issue.unresolved', true, NO, true, DERIVED],
  ['derived.issue.unresolved.manual.json', '1234567890', 'issue.unresolved', true, NO, true, DERIVED],
  ['derived.issue.unresolved.regression.json', '1234567890', 'issue.unresolved', true, NO, true, DERIVED],
  ['error.created.docs.json', '1170820242', 'error.created', false, NO, true, DOCS],
  ['event_alert.triggered.docs.json', '1117540176', 'event_alert.triggered', false, NO, true, DOCS],
  ['event_alert.triggered.js-exception.json', '1731239773', 'event_alert.triggered', false, NO, true, ZULIP],
  ['event_alert.triggered.node-exception.json', '1638852747', 'event_alert.triggered', false, NO, true, ZULIP],
  ['event_alert.triggered.node-message.json', '1638840427', 'event_alert.triggered', false, NO, true, ZULIP],
  ['event_alert.triggered.python-exception.json', '1635244907', 'event_alert.triggered', false, NO, true, ZULIP],
  ['event_alert.triggered.python-message.json', '1635261062', 'event_alert.triggered', false, NO, true, ZULIP],
  ['installation.created.docs.json', NO, 'installation.created', false, NO, true, DOCS],
  ['issue.assigned.user.json', '1638844654', 'issue.assigned', true, NO, true, ZULIP],
  ['issue.created.docs-2019.json', '1170820242', 'issue.created', false, NO, true, DOCS],
  ['issue.created.docs-2025.json', '1234567890', 'issue.created', false, NO, true, DERIVED],
  ['issue.created.message.json', '1635261062', 'issue.created', false, NO, true, ZULIP],
  ['issue.created.python-exception.json', '1635244907', 'issue.created', false, NO, true, ZULIP],
  ['issue.resolved.json', '1638821441', 'issue.resolved', true, NO, true, ZULIP],
  ['legacy_webhook.javascript-exception.json', '1982047746', 'legacy.triggered', false, NO, true, NO],
  ['legacy_webhook.python-exception.json', '1972208801', 'legacy.triggered', false, NO, true, NO],
  ['legacy_webhook.sample-event.json', '4218258981', 'legacy.triggered', false, 'prod', true, NO],
  ['legacy_webhook.sentry8-alerta.json', '541485531', 'legacy.triggered', false, NO, true, NO],
  ['metric_alert.resolved.docs.json', NO, 'metric_alert.resolved', false, NO, true, DOCS],
  ['mock.comment.created.json', '123', 'comment.created', false, NO, true, MOCK],
  ['mock.comment.deleted.json', '123', 'comment.deleted', false, NO, true, MOCK],
  ['mock.comment.updated.json', '123', 'comment.updated', false, NO, true, MOCK],
  ['mock.event_alert.triggered.json', '123', 'event_alert.triggered', false, 'production', true, MOCK],
  [
    'mock.event_alert.triggered.with_alert_rule_action.json',
    '123',
    'event_alert.triggered',
    false,
    'production',
    true,
    MOCK,
  ],
  ['mock.installation.created.json', NO, 'installation.created', false, NO, true, MOCK],
  ['mock.installation.deleted.json', NO, 'installation.deleted', false, NO, true, MOCK],
  ['mock.issue.assigned.json', '123', 'issue.assigned', true, NO, true, MOCK],
  ['mock.issue.created.json', '123', 'issue.created', false, NO, true, MOCK],
  ['mock.issue.ignored.json', '123', 'issue.ignored', true, NO, true, MOCK],
  ['mock.issue.resolved.json', '123', 'issue.resolved', true, NO, true, MOCK],
  ['mock.metric_alert.critical.json', NO, 'metric_alert.critical', false, NO, true, MOCK],
  ['mock.metric_alert.critical.with_alert_rule_action.json', NO, 'metric_alert.critical', false, NO, true, MOCK],
  ['mock.metric_alert.resolved.json', NO, 'metric_alert.resolved', false, NO, true, MOCK],
  ['mock.metric_alert.warning.json', NO, 'metric_alert.warning', false, NO, true, MOCK],
  // Calls of UI components, not webhooks: not understood, but one of them names an issue.
  ['mock.ui_component.alert_rule_action.json', NO, 'unknown', false, NO, false, NO],
  ['mock.ui_component.issue_link.json', '123', 'unknown', false, NO, false, NO],
  [
    'preprod_artifact.size_analysis_completed.docs.json',
    NO,
    'preprod_artifact.size_analysis_completed',
    false,
    NO,
    true,
    '77081c59-d802-40b8-b635-2e6f792f74de',
  ],
  ['seer.coding_completed.docs.json', '1170820242', 'seer.coding_completed', false, NO, true, DOCS],
  ['seer.coding_started.docs.json', '1170820242', 'seer.coding_started', false, NO, true, DOCS],
  ['seer.pr_created.docs.json', '1170820242', 'seer.pr_created', false, NO, true, DOCS],
  ['seer.root_cause_completed.docs.json', '1170820242', 'seer.root_cause_completed', false, NO, true, DOCS],
  ['seer.root_cause_started.docs.json', '1170820242', 'seer.root_cause_started', false, NO, true, DOCS],
  ['seer.solution_completed.docs.json', '1170820242', 'seer.solution_completed', false, NO, true, DOCS],
  ['seer.solution_started.docs.json', '1170820242', 'seer.solution_started', false, NO, true, DOCS],
];

test('the table has every fixture', () => {
  expect(TABLE.map(([file]) => file).toSorted()).toEqual(BODIES.toSorted());
});

test.each(TABLE)('%s', (file, id, what, urgent, environment, understood, installation) => {
  const { raw, headers } = delivery(file);
  const source = file.startsWith('legacy_webhook.') ? LEGACY : SIGNED;
  const parsed = source.parse(jsonOf(raw), headers);
  expect(parsed).toMatchObject({ what, understood });
  expect(parsed.installation).toBe(installation);
  if (id === undefined) {
    expect(parsed.hints).toEqual([]);
    return;
  }
  expect(parsed.hints).toHaveLength(1);
  const [hint] = parsed.hints;
  expect(hint).toMatchObject({ about: { issue: { source: 'sentry', scope: 'acme', id } }, what, urgent });
  expect(hint?.environment).toBe(environment);
  expect(hint?.installation).toBe(installation);
  // Whatever describes the issue brings its snapshot; what only names its number does not.
  const describes = /^(?:issue|event_alert|error|activity_alert|legacy)\./.test(what);
  expect(hint?.seed?.ref).toEqual(describes ? { source: 'sentry', scope: 'acme', id } : undefined);
  // Nothing of a known organisation becomes part of an id.
  expect(Buffer.byteLength(JSON.stringify(hint))).toBeLessThan(4096);
});
