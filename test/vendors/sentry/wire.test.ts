import fc from 'fast-check';
import {
  restToSnapshot,
  SNAPSHOT_BYTES,
  webhookToSnapshot,
  type WireContext,
} from '../../../src/vendors/sentry/wire/snapshot';
import { createTaskAt } from '../../../src/vendors/asana/hosts';
import { linksOf } from '../../../src/vendors/sentry/wire/links';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { BODIES, delivery, json } from './webhook-fixtures';

const NOW = '2026-01-02T03:04:05.006Z';
const PEOPLE: Record<string, string> = {
  'john.doe@example.com': 'john',
  'person@example.com': 'anna',
  'user:7': 'piotr',
  Ola: 'ola',
};
const ctx: WireContext = { org: 'acme', now: NOW, person: (who) => PEOPLE[who], taskAt: createTaskAt() };

const webhook = (file: string): IssueSnapshot | undefined =>
  webhookToSnapshot(JSON.parse(delivery(file).raw.toString()), ctx);
const rest = (
  issue: object = {},
  event?: object,
  external?: unknown,
  more: Partial<WireContext> = {},
): IssueSnapshot => {
  const snapshot = restToSnapshot({ id: '4711', title: 'T', status: 'unresolved', ...issue }, event, external, {
    ...ctx,
    ...more,
  });
  if (!snapshot) throw new Error('no snapshot');
  return snapshot;
};
const frame = (n: number, more: object = {}): object => ({
  filename: `f${n}.ts`,
  lineno: n,
  function: `g${n}`,
  ...more,
});
const thrown = (frames: object[]): object => ({ exception: { values: [{ stacktrace: { frames } }] } });

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

describe('people', () => {
  const assignee = (assignedTo: unknown): unknown => {
    const { assignee: who, assigneeOther } = rest({ assignedTo });
    return [who, assigneeOther];
  };
  test.each([
    [null, [null, undefined]],
    [{ type: 'user', id: '7', name: 'Nobody', email: 'person@example.com' }, ['anna', undefined]],
    [{ type: 'user', id: '7', name: 'Nobody' }, ['piotr', undefined]],
    [{ type: 'user', id: 8, name: 'Ola' }, ['ola', undefined]],
    [{ type: 'user', id: '8', name: 'Stranger' }, [null, 'unknown']],
    [{ type: 'team', id: '7', name: 'Ola' }, [null, 'team']],
    ['Ola', ['ola', undefined]],
    ['Stranger', [null, 'unknown']],
    [{}, [null, 'unknown']],
    [['Ola'], [null, undefined]],
  ])('%j', (assignedTo, expected) => {
    expect(assignee(assignedTo)).toEqual(expected);
  });

  test('owners: suspect committers first, teams and strangers left out, each once', () => {
    const owners = [
      { type: 'ownershipRule', owner: 'team:7' },
      { type: 'ownershipRule', owner: 'user:7' },
      { type: 'codeowners', owner: 'user:9' },
      { type: 'suspectCommit', owner: 'user:3' },
      { type: 'codeowners', owner: 'user:7' },
    ];
    const seenBy = [{ id: '3', email: 'person@example.com' }];
    expect(rest({ owners, seenBy }).owners).toEqual(['anna', 'piotr']);
  });
});

describe('frames', () => {
  test('the crash frame first, at most 8, and only our own code when there is any', () => {
    const many = Array.from({ length: 30 }, (_, i) => frame(i, { in_app: i % 2 === 0 }));
    expect(rest({}, thrown(many)).frames).toEqual(
      [28, 26, 24, 22, 20, 18, 16, 14].map((n) => `f${n}.ts:${n} in g${n}`),
    );
    expect(rest({}, thrown([frame(1, { in_app: false }), frame(2, { in_app: null })])).frames).toEqual([
      'f2.ts:2 in g2',
      'f1.ts:1 in g1',
    ]);
  });

  test('of a chain the last exception counts, or the one before when it has none', () => {
    const values = [
      { stacktrace: { frames: [frame(1)] } },
      { stacktrace: { frames: [frame(2)] } },
      { stacktrace: null },
    ];
    expect(rest({}, { exception: { values } }).frames).toEqual(['f2.ts:2 in g2']);
  });

  test('a bare stacktrace and a crashed thread', () => {
    expect(rest({}, { stacktrace: { frames: [frame(1)] } }).frames).toEqual(['f1.ts:1 in g1']);
    const values = [
      { crashed: false, stacktrace: { frames: [frame(1)] } },
      { crashed: true, stacktrace: { frames: [frame(2)] } },
    ];
    expect(rest({}, { threads: { values } }).frames).toEqual(['f2.ts:2 in g2']);
  });

  test('missing parts, long names, and nothing of the source or the variables', () => {
    const frames = [
      { function: 'only' },
      { module: 'mod', lineno: null },
      { filename: `${'a/'.repeat(300)}end.ts`, lineno: 3 },
      { filename: 'x.ts', lineno: 1, vars: { password: 'hunter2' }, context_line: 'const key = 1', pre_context: ['p'] },
      {},
      null,
    ];
    const said = rest({}, thrown(frames as object[])).frames;
    expect(said.slice(0, 1)).toEqual(['x.ts:1']);
    expect(said.slice(2)).toEqual(['mod', '? in only']);
    expect(said[1]?.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(said)).not.toMatch(/hunter2|const key/);
  });
});

describe('tags, release and environment', () => {
  test('pairs, objects and a map are read alike; the first of a name counts', () => {
    const expected = { a: '1', b: '2' };
    expect(rest({}, { tags: [['a', '1'], ['b', 2], ['a', '3'], ['c', null], 'x', [1, 2]] }).tags).toEqual(expected);
    expect(rest({}, { tags: [{ key: 'a', value: '1' }, { key: 'b', value: '2' }, {}] }).tags).toEqual(expected);
    expect(rest({}, { tags: { a: '1', b: '2' } }).tags).toEqual(expected);
  });

  test('at most 20, values of at most 100, no user data, secrets masked', () => {
    const tags = [
      ['user', 'id:1'],
      ['sentry:user', 'ip:203.0.113.9'],
      ['user.email', 'a@example.com'],
      ['customer', 'a@example.com'],
      ['long', 'v'.repeat(500)],
      ...Array.from({ length: 50 }, (_, i) => [`t${i}`, 'x']),
    ];
    const said = rest({}, { tags }).tags;
    expect(Object.keys(said)).toHaveLength(20);
    expect(said).toMatchObject({ customer: '[email]' });
    expect(said.long).toHaveLength(100);
    expect(said).not.toHaveProperty('user');
  });

  test('environment from the field, else from the tag, wherever it stands', () => {
    expect(rest({}, { environment: 'prod', tags: [['environment', 'stage']] }).environments).toEqual(['prod']);
    const tags = [...Array.from({ length: 30 }, (_, i) => [`t${i}`, 'x']), ['environment', 'stage']];
    expect(rest({}, { tags }).environments).toEqual(['stage']);
    expect(rest({}, { environment: '' }).environments).toEqual([]);
  });

  test('release as text, as an object, as a tag, or the issue’s last', () => {
    expect(rest({}, { release: 'a@1' }).release).toBe('a@1');
    expect(rest({}, { release: { version: 'a@2' } }).release).toBe('a@2');
    expect(rest({}, { release: null, tags: [['release', 'a@3']] }).release).toBe('a@3');
    expect(rest({ lastRelease: { version: 'a@4' }, firstRelease: { version: 'a@1' } }).release).toBe('a@4');
    expect(rest({ lastRelease: null, firstRelease: { version: 'a@1' } }).release).toBe('a@1');
    expect(rest()).not.toHaveProperty('release');
  });
});

describe('links', () => {
  test.each([
    ['https://app.asana.com/0/1200000000000001/1200000000000002', '1200000000000002'],
    ['https://app.asana.com/0/1200000000000001/1200000000000002/f', '1200000000000002'],
    ['https://app.asana.com/0/0/1200000000000002/', '1200000000000002'],
    ['https://app.asana.com/1/1100000000/project/1200000000000001/task/1200000000000002', '1200000000000002'],
    ['https://app.asana.com/1/11000000/project/1200000001/task/1200000002?focus=true', '1200000002'],
    ['https://app.asana.com/1/11000000/project/1200000001/task/1200000002/comment/1300000003', '1200000002'],
    ['http://127.0.0.1:4567/0/100001/100002/f', '100002'],
    ['http://127.0.0.2:4567/0/100001/100002/f', undefined],
    ['https://app.asana.com.example/0/1200000000000001/1200000000000002', undefined],
    ['https://example.com/0/1200000000000001/1200000000000002', undefined],
    ['https://app.asana.com@example.com/0/1/1200000000000002', undefined],
    ['https://app.clickup.com/t/1200000000000002', undefined],
    ['https://example.com/project/issue/example-issue-2/', undefined],
    ['https://app.asana.com/0/1/12345?x=1200000000000002#1200000000000003', undefined],
    ['javascript:alert(1200000000000002)', undefined],
    ['not a link 1200000000000002', undefined],
    [`https://app.asana.com/0/1/${'1'.repeat(600)}`, undefined],
    [7, undefined],
  ])('%s → %s', (url, id) => {
    expect(linksOf([{ webUrl: url }], createTaskAt('http://127.0.0.1:8090/api/1.0'))[0]?.id).toBe(id);
  });

  test('each once, at most ten; the expanded issue stands in for a list that was not read', () => {
    const of = (n: number): object => ({ webUrl: `https://app.asana.com/0/1/${1200000000000000 + n}` });
    const external = [
      of(1),
      of(1),
      { webUrl: 'https://jira.example.com/x' },
      { webUrl: 'https://app.clickup.com/t/1200000000000099' },
      ...Array.from({ length: 20 }, (_, i) => of(i)),
    ];
    const { links } = rest({}, undefined, external);
    expect(links).toHaveLength(10);
    expect(links[0]).toEqual({
      tracker: 'asana',
      id: '1200000000000001',
      url: 'https://app.asana.com/0/1/1200000000000001',
    });
    expect(rest({ sentryAppIssues: [of(3)] }).links.map((one) => one.id)).toEqual(['1200000000000003']);
    expect(rest({ sentryAppIssues: [of(3)] }, undefined, []).links).toEqual([]);
  });

  test('of another tracker are none, nor those of an Asana that is not in use', () => {
    const elsewhere = ['https://app.clickup.com/t/1200000000000099', 'http://127.0.0.1:4567/0/100001/100002'];
    const external = elsewhere.map((webUrl) => ({ webUrl }));
    expect(rest({}, undefined, external).links).toEqual([]);
    const taskAt = createTaskAt('http://127.0.0.1:8090/api/1.0');
    expect(rest({}, undefined, external, { taskAt }).links.map(({ id }) => id)).toEqual(['100002']);
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
