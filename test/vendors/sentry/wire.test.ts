import fc from 'fast-check';
import { restToSnapshot, SNAPSHOT_BYTES, webhookToSnapshot } from '../../../src/vendors/sentry/wire/snapshot';
import { BODIES, json } from './webhook-fixtures';
import { NOW, ctx, webhook, rest, frame, thrown } from './wire-support';

describe('published bodies', () => {
  test('REST: issue, event and links', () => {
    const event = json('api.issue_event.get.json');
    expect(restToSnapshot(json('api.issue.get.json'), event, json('api.issue_external_issues.list.json'), ctx)).toEqual(
      {
        ref: { source: 'sentry', scope: 'acme', id: '1' },
        shortId: 'PUMP-STATION-1',
        title: 'This is an example Python exception',
        culprit: 'raven.scripts.runner in main',
        url: 'https://sentry.io/the-interstellar-jurisdiction/pump-station/issues/1/',
        project: 'pump-station',
        platform: 'python',
        level: 'error',
        category: 'error',
        status: 'unresolved',
        substatus: 'ongoing',
        events: 150,
        users: 12,
        firstSeen: '2018-11-06T21:19:55.000Z',
        lastSeen: '2018-12-06T21:19:55.000Z',
        readAt: NOW,
        via: 'api',
        release: 'b65bc521378269d3eaefdc964f8ef56621414943',
        environments: ['prod'],
        tags: {
          browser: 'Chrome 83.0.4103',
          'browser.name': 'Chrome',
          environment: 'prod',
          handled: 'yes',
          level: 'error',
          mechanism: 'generic',
        },
        frames: [
          '/usr/src/getsentry/src/sentry/node_modules/reflux-core/lib/PublisherMethods.js:74 in apply',
          '/usr/src/getsentry/src/sentry/node_modules/@sentry/browser/esm/helpers.js:71 in ignoreOnError',
        ],
        assignee: 'john',
        owners: [],
        links: [],
      },
    );
  });

  test('REST: one of the list, archived, without an event', () => {
    const [issue] = json('api.issues.list.json') as unknown[];
    expect(restToSnapshot(issue, undefined, undefined, ctx)).toMatchObject({
      status: 'archived',
      substatus: 'archived_until_condition_met',
      frames: [],
      tags: {},
      environments: [],
      // `owners` names number 1, whom the issue describes as its assignee.
      owners: ['john'],
    });
  });

  test('a webhook about an issue', () => {
    expect(webhook('issue.assigned.user.json')).toMatchObject({
      shortId: 'ZULIP-INTEGRATION-TESTING-G',
      title: 'A test message event from golang.',
      // `permalink` was null then, so the page is made up.
      url: 'https://sentry.io/organizations/acme/issues/1638844654/',
      project: 'zulip-integration-testing',
      level: 'info',
      assignee: 'anna',
      firstSeen: '2020-04-30T06:14:13.611Z',
      via: 'webhook',
    });
    expect(webhook('derived.issue.ignored.until-condition.json')?.status).toBe('archived');
    expect(webhook('derived.issue.archived.json')?.status).toBe('archived');
    expect(webhook('derived.issue.resolved.in-next-release.json')?.status).toBe('resolved');
    expect(webhook('derived.issue.unresolved.regression.json')).toMatchObject({
      status: 'unresolved',
      substatus: 'regressed',
      url: 'https://example-org.sentry.io/issues/1234567890/',
    });
  });

  test('a webhook about an event: its project from the address, in-app frames first, no user', () => {
    const snapshot = webhook('event_alert.triggered.node-exception.json');
    expect(snapshot).toMatchObject({
      project: 'zulip-integration-testing',
      url: 'https://sentry.io/organizations/hypro999-personal-organization/issues/1638852747/',
      frames: [
        '/home/hemanth/Desktop/sentry/trigger-exception.js:11 in null.<anonymous>',
        '/home/hemanth/Desktop/sentry/trigger-exception.js:7 in Object.<anonymous>',
      ],
      events: null,
      status: 'unresolved',
    });
    expect(webhook('event_alert.triggered.js-exception.json')?.tags).not.toHaveProperty('user');
    // No exception at all: the message is the title.
    expect(webhook('event_alert.triggered.python-message.json')).toMatchObject({ frames: [], level: 'info' });
  });

  test('the legacy plugin, also of the oldest servers', () => {
    expect(webhook('legacy_webhook.sample-event.json')).toMatchObject({
      project: 'python',
      url: 'https://nitk-46.sentry.io/issues/4218258981/',
      environments: ['prod'],
      level: 'error',
    });
    expect(webhook('legacy_webhook.sentry8-alerta.json')).toMatchObject({
      title: 'This is an example Python exception',
      culprit: 'raven.scripts.runner in main',
      frames: expect.arrayContaining(['raven/scripts/runner.py:112 in main']) as string[],
    });
  });

  test('bodies that name only a number, or no issue, give none', () => {
    const without = BODIES.filter((file) => webhook(file) === undefined);
    expect(without.filter((file) => !/comment|seer|installation|metric_alert|preprod|ui_component/.test(file))).toEqual(
      [],
    );
    expect(without).toHaveLength(26);
  });

  test('nothing personal of any of them remains', () => {
    for (const file of BODIES) {
      const text = JSON.stringify(webhook(file) ?? {});
      expect(text).not.toMatch(/@[\w-]+\.[a-z]{2}|203\.0\.113|162\.217|127\.0\.0\.1|cookie|user-agent/i);
    }
    const text = JSON.stringify(
      restToSnapshot(json('api.issue.get.json'), json('api.issue_event.get.json'), [], {
        ...ctx,
        person: () => undefined,
      }),
    );
    expect(text).not.toMatch(/hell|192\.168|John|Mozilla/i);
  });
});

describe('status', () => {
  test.each([
    ['unresolved', 'unresolved'],
    ['reprocessing', 'unresolved'],
    ['resolved', 'resolved'],
    ['ignored', 'archived'],
    ['muted', 'archived'],
    // Being deleted or merged: what becomes of it is known when that is done.
    ['pending_deletion', 'unknown'],
    ['deletion_in_progress', 'unknown'],
    ['pending_merge', 'unknown'],
    ['something new', 'unknown'],
    [undefined, 'unknown'],
    ['constructor', 'unknown'],
  ])('%s → %s', (status, expected) => {
    expect(rest({ status }).status).toBe(expected);
  });

  test('another id in the answer means merged', () => {
    const merged = rest({}, undefined, [], { askedId: '1000' });
    expect(merged).toMatchObject({
      ref: { id: '1000' },
      mergedInto: { source: 'sentry', scope: 'acme', id: '4711' },
      status: 'gone',
    });
    expect(rest({}, undefined, [], { askedId: '4711' })).not.toHaveProperty('mergedInto');
  });
});

describe('bounds', () => {
  test('title and the like: one line, 250 characters, no controls, no half characters, secrets masked', () => {
    const dirty = `a\u0000b\nc\u202ed mail anna@example.com ${'\u{1f525}'.repeat(400)}`;
    const { title, culprit } = rest({ title: dirty, culprit: dirty });
    for (const said of [title, culprit ?? '']) {
      expect([...said]).toHaveLength(250);
      expect(said).toMatch(/^ab cd mail \[email\] /);
      expect(said).not.toMatch(/\p{Surrogate}/u);
    }
    expect(rest({ title: '   ' }).title).toBe('Untitled issue');
  });

  test('counts and times of any shape', () => {
    expect(rest({ count: '1234', userCount: 5 })).toMatchObject({ events: 1234, users: 5 });
    expect(rest({ count: 'many', userCount: -1 })).toMatchObject({ events: null, users: null });
    expect(rest({ firstSeen: '2025-11-10T20:56:00.679000+02:00', lastSeen: 'yesterday' })).toMatchObject({
      firstSeen: '2025-11-10T18:56:00.679Z',
      lastSeen: null,
    });
    // A list may leave them out; taken for now, an old issue would be a new one.
    expect(rest({})).toMatchObject({ firstSeen: null, lastSeen: null });
    const event = { issue_id: '1', timestamp: 1588082165.903736 };
    // An event tells when it happened, and nothing of the first of its issue.
    expect(webhookToSnapshot({ data: { event } }, ctx)).toMatchObject({
      firstSeen: null,
      lastSeen: '2020-04-28T13:56:05.903Z',
      events: null,
    });
  });

  test('the page for people is never the API, an event’s, or a script', () => {
    const url = (more: object): string => rest(more).url;
    expect(url({ web_url: 'https://o.sentry.io/issues/4711/events/abc/?referrer=x' })).toBe(
      'https://o.sentry.io/issues/4711/',
    );
    expect(url({ url: 'https://sentry.example.com/api/0/organizations/acme/issues/4711/' })).toBe(
      'https://sentry.example.com/organizations/acme/issues/4711/',
    );
    expect(url({ permalink: 'javascript:alert(1)' })).toBe('https://sentry.io/organizations/acme/issues/4711/');
    expect(rest({}, undefined, [], { base: 'https://sentry.example.com/' }).url).toBe(
      'https://sentry.example.com/organizations/acme/issues/4711/',
    );
  });

  test('8 KiB, whatever comes', () => {
    const wide = '\u{1f525}'.repeat(1000);
    const field = fc.constantFrom('"'.repeat(3000), wide, '\\'.repeat(5000), 'short');
    fc.assert(
      fc.property(field, field, field, (a, b, c) => {
        const snapshot = rest(
          { title: a, culprit: b, platform: c, level: a, substatus: b, shortId: c, project: { slug: wide } },
          {
            tags: Array.from({ length: 40 }, (_, i) => [`${i}${a}`, b]),
            environment: c,
            release: wide,
            ...thrown(Array.from({ length: 20 }, (_, i) => frame(i, { function: `${i}${c}${a}`, in_app: true }))),
          },
          Array.from({ length: 10 }, (_, i) => ({ webUrl: `https://x.com/${'a'.repeat(450)}/${1_000_000 + i}` })),
        );
        expect(Buffer.byteLength(JSON.stringify(snapshot))).toBeLessThanOrEqual(SNAPSHOT_BYTES);
        expect(snapshot.title.length).toBeGreaterThan(0);
      }),
    );
  });

  test('never throws, and what it answers is plain JSON', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (a, b, c) => {
        for (const snapshot of [
          restToSnapshot(a, b, c, ctx),
          restToSnapshot({ id: '1', owners: a, assignedTo: b, project: c, status: a, sentryAppIssues: b }, a, c, ctx),
          webhookToSnapshot({ data: { issue: { id: 1, title: a } } }, ctx),
          webhookToSnapshot({ data: { event: { issue_id: 1, tags: a, exception: b, release: c, datetime: a } } }, ctx),
          webhookToSnapshot(a, ctx),
        ]) {
          if (snapshot) expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
        }
      }),
      { numRuns: 500 },
    );
  });
});
