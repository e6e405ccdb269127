/** Single fields of what Sentry sends: people, frames, tags, links. */
import { createTaskAt } from '../../../src/vendors/asana/hosts';
import { linksOf } from '../../../src/vendors/sentry/wire/links';
import { rest, frame, thrown } from './wire-support';

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
