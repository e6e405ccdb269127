import fc from 'fast-check';
import { jsonOf } from '../../../src/api/webhooks/json';
import { repeatedOf } from '../../../src/core/issue/doubt';
import { sentrySource } from '../../../src/vendors/sentry/webhook';
import { sentryLegacySource } from '../../../src/vendors/sentry/webhook-legacy';
import type { Parsed, WebhookSource } from '../../../src/vendors/source';
import { BODIES, delivery, INSTALLATION, json } from './webhook-fixtures';

const person = (who: string): string | undefined => (who === 'person@example.com' ? 'anna' : undefined);
const signed = sentrySource({ secrets: ['x'], org: 'acme', person });
const legacy = sentryLegacySource({ org: 'acme', person });

const parse = (resource: string | undefined, body: unknown): Parsed =>
  signed.parse(
    jsonOf(Buffer.from(JSON.stringify(body))),
    resource === undefined ? {} : { 'sentry-hook-resource': resource },
  );

/** Of bytes that came before the same is told but the snapshot, of which only what it says is. */
function sameWhenRepeated(source: WebhookSource, body: unknown, headers: Record<string, string>): void {
  const { hints, ...parsed } = source.parse(body, headers);
  const again = source.parse(body, headers, true);
  const bare = hints.map(({ seed: _seed, ...hint }) => hint);
  expect({ ...again, hints: again.hints.map(({ says: _says, ...hint }) => hint) }).toEqual({ ...parsed, hints: bare });
  expect(again.hints.map(({ says }) => says && repeatedOf(says))).toEqual(
    hints.map(({ seed }) => seed && repeatedOf(seed)),
  );
}

const issue = (more: object = {}): object => ({ id: '4711', title: 'T', status: 'unresolved', ...more });
const body = (action: string, data: object): object => ({ action, installation: { uuid: INSTALLATION }, data });

test.each(BODIES)('a body that came before tells the same but its snapshot: %s', (file) => {
  const { raw, headers } = delivery(file);
  for (const as of [headers, {}, { 'sentry-hook-resource': 'error' }, { 'sentry-hook-resource': 'issue' }])
    for (const source of [signed, legacy]) sameWhenRepeated(source, jsonOf(raw), as);
});

describe('every resource and action that Sentry has', () => {
  const seer = ['root_cause', 'solution', 'coding', 'iteration'].flatMap((s) => [`${s}_started`, `${s}_completed`]);
  const event = { event: { issue_id: '4711' } };
  const ALL: [resource: string, actions: string[], data: object, hint: boolean][] = [
    ['issue', ['created', 'resolved', 'assigned', 'ignored', 'archived', 'unresolved'], { issue: issue() }, true],
    ['error', ['created'], { error: { issue_id: '4711' } }, true],
    ['comment', ['created', 'updated', 'deleted'], { issue_id: 4711, comment: 'x' }, true],
    ['event_alert', ['triggered'], event, true],
    ['activity_alert', ['triggered'], { issue: issue(), activity: { type: 'status_resolved' } }, true],
    ['seer', [...seer, 'pr_created'], { group_id: 4711 }, true],
    ['metric_alert', ['critical', 'warning', 'resolved', 'open'], { metric_alert: {} }, false],
    ['installation', ['created', 'deleted'], { installation: { uuid: INSTALLATION } }, false],
    ['preprod_artifact', ['size_analysis_completed', 'build_distribution_completed'], { buildId: '1' }, false],
  ];
  test.each(ALL.flatMap(([resource, actions, data, hint]) => actions.map((a) => [resource, a, data, hint] as const)))(
    '%s.%s',
    (resource, action, data, hint) => {
      const parsed = parse(resource, body(action, data));
      expect(parsed).toMatchObject({ what: `${resource}.${action}`, understood: true, installation: INSTALLATION });
      expect(parsed.hints.map((one) => one.about.issue.id)).toEqual(hint ? ['4711'] : []);
    },
  );

  test('what changes state or assignee is urgent, and nothing else', () => {
    const urgent = (resource: string, action: string, data: object): boolean | undefined =>
      parse(resource, body(action, data)).hints[0]?.urgent;
    expect(urgent('issue', 'created', { issue: issue() })).toBe(false);
    for (const action of ['resolved', 'assigned', 'ignored', 'archived', 'unresolved']) {
      expect(urgent('issue', action, { issue: issue() })).toBe(true);
    }
    const activity = (type: unknown): object => ({ issue: issue(), activity: { type } });
    for (const type of ['resolved', 'unresolved', 'ignored', 'regression', 'resolved_by_age', 'escalating']) {
      expect(urgent('activity_alert', 'triggered', activity(`status_${type}`))).toBe(true);
    }
    expect(urgent('activity_alert', 'triggered', activity('appeared_in_pull_request'))).toBe(false);
    expect(urgent('activity_alert', 'triggered', activity(7))).toBe(false);
    expect(urgent('event_alert', 'triggered', { event: { issue_id: '1' } })).toBe(false);
  });
});

describe('what is not known', () => {
  test('an unknown action of a known resource is not understood, but the issue is looked at', () => {
    const parsed = parse('issue', body('external_issue_created', { issue: issue() }));
    expect(parsed).toMatchObject({ what: 'issue.external_issue_created', understood: false });
    expect(parsed.hints).toMatchObject([{ about: { issue: { id: '4711' } }, urgent: false }]);
  });

  test.each([
    ['an unknown resource', 'weather', body('created', { issue: issue() }), '4711'],
    ['no resource', undefined, body('created', { event: { issue_url: 'https://x/api/0/issues/4711/' } }), '4711'],
    ['a name of the prototype as the resource', 'constructor', body('created', { issue_id: 4711 }), '4711'],
    ['a known resource of another shape', 'event_alert', body('triggered', { issue: issue() }), '4711'],
    ['a known resource that names no issue', 'issue', body('created', { issue: { title: 'T' } }), undefined],
    ['an action that is no word', 'issue', body('<script>', { issue: issue() }), '4711'],
    ['no action', 'issue', { data: { issue: issue() } }, '4711'],
    ['no data', 'issue', { action: 'created' }, undefined],
    ['data that is a list', 'issue', { action: 'created', data: [1] }, undefined],
    ['an id that is an object', 'issue', body('created', { issue: { id: {} } }), undefined],
    ['an id that would forge another', 'issue', body('created', { issue: { id: '1:2' } }), undefined],
    ['a body that is a number', 'issue', 7, undefined],
  ])('%s', (_what, resource, whole, id) => {
    const parsed = parse(resource, whole);
    expect(parsed).toMatchObject({ what: 'unknown', understood: false });
    expect(parsed.hints.map((one) => one.about.issue.id)).toEqual(id === undefined ? [] : [id]);
  });

  test('a legacy body without an event is listed, and one without an id gives no hint', () => {
    const send = (whole: unknown): Parsed => legacy.parse(jsonOf(Buffer.from(JSON.stringify(whole))), {});
    expect(send({ id: '5', project: 'p' })).toMatchObject({ understood: false, what: 'unknown', hints: [{}] });
    expect(send({ event: {} })).toEqual({ understood: false, what: 'unknown', hints: [] });
    // Servers that send no id still send the issue's page.
    const url = 'https://sentry.io/organizations/o/issues/99/?referrer=webhooks_plugin';
    expect(send({ url, event: {} }).hints[0]?.about.issue.id).toBe('99');
  });

  test('a header that came twice counts once', () => {
    const raw = Buffer.from(JSON.stringify(body('created', { issue: issue() })));
    expect(signed.parse(jsonOf(raw), { 'sentry-hook-resource': ['issue', 'error'] }).what).toBe('issue.created');
  });
});

describe('whatever is sent', () => {
  const resource = fc.option(fc.constantFrom('issue', 'error', 'event_alert', 'comment', 'seer', '__proto__'), {
    nil: undefined,
  });

  const holds = (parsed: Parsed): void => {
    expect(parsed.what).toMatch(/^(?:unknown|legacy\.triggered|[a-z_]+\.[a-z_]+)$/);
    for (const hint of parsed.hints) {
      expect(hint.about.issue.id).toMatch(/^\d{1,19}$/);
      expect(hint.about.issue.scope).toBe('acme');
      expect(Buffer.byteLength(JSON.stringify(hint))).toBeLessThanOrEqual(9 * 1024);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  };

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), resource, (bytes, name) => {
        const headers = { 'sentry-hook-resource': name };
        holds(signed.parse(jsonOf(Buffer.from(bytes)), headers));
        holds(legacy.parse(jsonOf(Buffer.from(bytes)), headers));
      }),
    );
  });

  test('any JSON in any place of the envelope', () => {
    const names = [
      'issue',
      'event',
      'error',
      'issue_id',
      'group_id',
      'activity',
      'tags',
      'exception',
      'assignedTo',
      'id',
    ];
    const any = fc.jsonValue({ maxDepth: 4 });
    const data = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(
        any,
        fc.dictionary(
          fc.constantFrom(
            ...names,
            'values',
            'stacktrace',
            'frames',
            'environment',
            'title',
            'project',
            'count',
            'firstSeen',
          ),
          any,
        ),
      ),
    );
    fc.assert(
      fc.property(data, resource, any, (data, name, action) => {
        holds(parse(name, { action: 'created', data }));
        holds(parse(name, { action, data, installation: data }));
        sameWhenRepeated(
          signed,
          { action: 'created', data },
          name === undefined ? {} : { 'sentry-hook-resource': name },
        );
        sameWhenRepeated(legacy, { ...data, id: '7', event: data }, {});
        holds(legacy.parse(jsonOf(Buffer.from(JSON.stringify({ ...data, id: '7', event: data }))), {}));
      }),
      { numRuns: 300 },
    );
  });

  test('any field of a real body replaced by anything', () => {
    const files = [
      'issue.created.docs-2025.json',
      'event_alert.triggered.docs.json',
      'legacy_webhook.sample-event.json',
    ];
    const paths = (value: unknown, at: string[] = []): string[][] =>
      typeof value === 'object' && value !== null && at.length < 5
        ? [at, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...at, key]))]
        : [at];
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.jsonValue({ maxDepth: 2 }), (file, n, instead) => {
        const whole = json(file) as Record<string, unknown>;
        const all = paths(whole).filter((path) => path.length > 0);
        const path = all[n % all.length] ?? [];
        let holder: Record<string, unknown> = whole;
        for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
        holder[path.at(-1) ?? ''] = instead;
        const raw = Buffer.from(JSON.stringify(whole));
        holds(signed.parse(jsonOf(raw), delivery(file).headers));
        holds(legacy.parse(jsonOf(raw), {}));
        sameWhenRepeated(signed, jsonOf(raw), delivery(file).headers);
        sameWhenRepeated(legacy, jsonOf(raw), {});
      }),
      { numRuns: 300 },
    );
  });

  test('poisoned prototypes', () => {
    const poison =
      '{"__proto__":{"polluted":1,"id":"5"},"constructor":{"prototype":{"polluted":1}},"tags":[["__proto__","x"],["constructor","y"],["ok","z"]]}';
    const text = `{"action":"created","data":{"__proto__":{"issue":{"id":"5"}},"issue":${poison.replace('{', '{"id":"4711",')},"error":${poison.replace('{', '{"issue_id":"4711",')}},"__proto__":{"polluted":1}}`;
    for (const name of ['issue', 'error', '__proto__', 'toString']) {
      const parsed = signed.parse(jsonOf(Buffer.from(text)), { 'sentry-hook-resource': name });
      holds(parsed);
      expect(parsed.hints[0]?.about.issue.id).toBe('4711');
    }
    const event = signed.parse(jsonOf(Buffer.from(text)), { 'sentry-hook-resource': 'error' });
    expect(event.hints[0]?.seed?.tags).toEqual({ ok: 'z' });
    // An inherited field is none of the body's.
    const inherited = signed.parse(
      jsonOf(Buffer.from('{"action":"created","data":{"__proto__":{"issue":{"id":"5"}}}}')),
      {
        'sentry-hook-resource': 'issue',
      },
    );
    expect(inherited.hints).toEqual([]);
  });

  test('depth bombs and long lists', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const wide = `[${Array.from({ length: 50_000 }, (_, i) => `["k${i}","${'v'.repeat(20)}"]`).join(',')}]`;
    const frames = `[${'{"filename":"f.ts","lineno":1,"function":"g","in_app":true},'.repeat(20_000).slice(0, -1)}]`;
    const nested = `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`;
    const event = `{"issue_id":"4711","title":${JSON.stringify('t'.repeat(1_000_000))},"tags":${wide},"extra":${nested},"exception":{"values":[{"stacktrace":{"frames":${frames}}}]}}`;
    const parsed = signed.parse(jsonOf(Buffer.from(`{"action":"created","data":{"error":${event}}}`)), {
      'sentry-hook-resource': 'error',
    });
    holds(parsed);
    expect(parsed).toMatchObject({ what: 'error.created', understood: true });
    expect(parsed.hints[0]?.seed?.frames).toHaveLength(8);
    expect(Object.keys(parsed.hints[0]?.seed?.tags ?? {})).toHaveLength(20);
    const bomb = Buffer.from(`{"action":"created","data":{"error":{"issue_id":"4711","extra":${deep}}}}`);
    expect(signed.parse(jsonOf(bomb), { 'sentry-hook-resource': 'error' })).toMatchObject({
      understood: false,
      hints: [],
    });
    holds(signed.parse(jsonOf(Buffer.from('['.repeat(200_000))), {}));
    holds(
      signed.parse(jsonOf(Buffer.from(`{"action":"created","data":{"issue":${deep}}}`)), {
        'sentry-hook-resource': 'issue',
      }),
    );
  });
});
