import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, closeAll, control, type Json, receiver, sandbox, sentry } from '../sandbox/support';
import { until } from '../support/waiting';

const FIXTURES = join(__dirname, '..', 'fixtures', 'sentry');
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
const keys = (value: unknown): string[] => Object.keys(value as Json).sort();
const missing = (wanted: unknown, given: unknown): string[] => keys(wanted).filter((key) => !keys(given).includes(key));

afterEach(closeAll);

test('answers carry the keys of Sentry’s published examples', async () => {
  const box = await sandbox();
  const payload = fixture('event_alert.triggered.node-exception.json');
  const raised = await control(box, '/sentry/raise', { payload, release: 'web@1.2.3', environment: 'production' });
  const issue = String(raised.body.id);
  const org = '/organizations/acme';
  const link = await sentry(box, 'POST', `/sentry-app-installations/${box.installation}/external-issues/`, {
    ...(fixture('api.sentry_app_external_issue.post.request.json') as Json),
    issueId: Number(issue),
  });

  expect(keys(link.body)).toEqual(keys(fixture('api.sentry_app_external_issue.post.response.json')));
  const links = await sentry(box, 'GET', `${org}/issues/${issue}/external-issues/`);
  expect(keys(links.list[0])).toEqual(keys(at(fixture('api.issue_external_issues.list.json'), 0)));
  const one = await sentry(box, 'GET', `${org}/issues/${issue}/?expand=owners`);
  expect(missing(fixture('api.issue.get.json'), one.body)).toEqual([]);
  expect(keys(at(one.body, 'lastRelease'))).toEqual(keys(at(fixture('api.issue.get.json'), 'firstRelease')));
  // Its event is of 2020, and lists end at 90 days.
  await control(box, `/sentry/issues/${issue}/age`, { lastSeen: new Date().toISOString() });
  const list = await sentry(box, 'GET', `${org}/issues/`);
  expect(keys(list.list[0])).toEqual(keys(at(fixture('api.issues.list.json'), 0)));
  const events = await sentry(box, 'GET', `${org}/issues/${issue}/events/`);
  expect(keys(events.list[0])).toEqual(keys(at(fixture('api.issue_events.list.json'), 0)));
  const event = await sentry(box, 'GET', `${org}/issues/${issue}/events/latest/`);
  expect(keys(event.body)).toEqual(keys(fixture('api.issue_event.get.json')));
  // An integration's own token gets 404 there.
  await control(box, '/sentry/token', { kind: 'personal' });
  const installations = await sentry(box, 'GET', `${org}/sentry-app-installations/`);
  const published = at(fixture('api.sentry_app_installations.list.json'), 0);
  expect(keys(installations.list[0])).toEqual(keys(published));
  expect(keys(at(installations.list, 0, 'app'))).toEqual(keys(at(published, 'app')));

  const frameKeys = (body: unknown): string[] => keys(at(entry(body), 'data', 'values', 0, 'stacktrace', 'frames', 0));
  const entry = (body: unknown): unknown => (at(body, 'entries') as Json[]).find(({ type }) => type === 'exception');
  expect(frameKeys(fixture('api.issue_event.get.json')).filter((key) => !frameKeys(event.body).includes(key))).toEqual(
    [],
  );
});

test('a webhook that pretend Sentry would send has the keys of the newest published one', async () => {
  const box = await sandbox();
  const published = fixture('issue.created.docs-2025.json');
  const { url, received } = await receiver();
  await control(box, '/sentry/webhook', { url });
  // Like Sentry it waits a second and sends nothing again: on a slow machine one may be lost on its way.
  const raise = (): Promise<unknown> => control(box, '/sentry/issues', { title: 'Größe', project: 'web' });
  await until('a webhook', raise, () => received.length > 0);
  const body = JSON.parse(received[0]?.raw ?? '{}') as Json;
  expect(keys(body)).toEqual(keys(published));
  const extra = ['seerExplorerAutofixLastTriggered'];
  expect(keys(at(body, 'data', 'issue')).filter((key) => !extra.includes(key))).toEqual(
    keys(at(published, 'data', 'issue')),
  );
});

const named = readdirSync(FIXTURES).filter((file) => file.endsWith('.json') && !/^api\.|signature-vector/.test(file));

/** Where a body says its issue's id; the bodies of these names have none. */
const WITHOUT = /metric_alert|installation|preprod|ui_component\.alert/;

test.each(named)('%s is raised, and reads back', async (file) => {
  const box = await sandbox();
  const payload = fixture(file) as Json;
  const raised = await control(box, '/sentry/raise', { payload, resource: file.split('.')[0] });
  if (WITHOUT.test(file)) {
    expect(raised.status).toBe(422);
    return;
  }
  expect(raised.status).toBe(201);
  const data = (payload.data ?? payload) as Json;
  const read = await sentry(box, 'GET', `/organizations/acme/issues/${String(raised.body.id)}/`);
  expect(read.status).toBe(200);
  expect(read.body).toMatchObject({
    id: raised.body.id,
    shortId: raised.body.shortId,
    project: { slug: raised.body.project },
  });
  const group = data.issue as Json | undefined;
  for (const key of ['id', 'title', 'level', 'status', 'shortId'] as const) {
    if (group?.[key] !== undefined) expect(read.body[key]).toBe(group[key]);
  }
  const latest = await sentry(box, 'GET', `/organizations/acme/issues/${String(raised.body.id)}/events/latest/`);
  expect(latest.status).toBe(200);
  const event = (data.event ?? data.error) as Json | undefined;
  if (typeof event?.event_id === 'string') expect(latest.body.eventID).toBe(event.event_id);
  if (Array.isArray(event?.tags)) expect(latest.body.tags).toHaveLength(event.tags.length);
  const found = await sentry(box, 'GET', `/organizations/acme/shortids/${String(raised.body.shortId)}/`);
  expect(found.body.groupId).toBe(raised.body.id);
});
