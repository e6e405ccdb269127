import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../../src/sandbox';
import { asana, at, call, closeAll, closing, control, type Json, sandbox, sentry, temporaryDirectory } from './support';

const ERRORS = '1200000000000001';

afterEach(closeAll);

test('what was answered survives a kill -9, and so do tokens and secrets', async () => {
  const dataDir = temporaryDirectory();
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'kept-world.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: join(__dirname, '..', '..'),
  });
  closing(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const before = JSON.parse(line) as Sandbox;
  const answered: string[] = [];
  const writer = async (): Promise<void> => {
    for (let index = 0; index < 100; index += 1) {
      const made = await asana(before, 'POST', '/tasks', { name: 'T', projects: [ERRORS] });
      answered.push(String(at(made.body, 'data', 'gid')));
    }
  };
  const writing = Promise.allSettled([writer(), writer(), writer()]);
  while (answered.length < 40) await new Promise((ready) => setTimeout(ready, 5));
  child.kill('SIGKILL');
  await exited;
  await writing;

  const after = await sandbox({ dataDir });
  expect([after.tokens, after.sentrySecret, after.installation]).toEqual([
    before.tokens,
    before.sentrySecret,
    before.installation,
  ]);
  const listed: string[] = [];
  for (let offset = ''; ;) {
    const page = await asana(after, 'GET', `/tasks?project=${ERRORS}&limit=100${offset}`);
    listed.push(...(page.body.data as Json[]).map(({ gid }) => String(gid)));
    const next = at(page.body, 'next_page', 'offset');
    if (typeof next !== 'string') break;
    offset = `&offset=${next}`;
  }
  expect(answered.filter((gid) => !listed.includes(gid))).toEqual([]);
  const fresh = await asana(after, 'POST', '/tasks', { name: 'next', projects: [ERRORS] });
  expect(listed).not.toContain(at(fresh.body, 'data', 'gid'));
});

test('a reset empties the world and keeps the keys', async () => {
  const box = await sandbox({ dataDir: temporaryDirectory(), org: 'umbrella' });
  await asana(box, 'POST', '/tasks', { name: 'T', projects: [ERRORS] });
  await control(box, '/sentry/issues', { title: 'x', project: 'web' });
  await control(box, '/reset');
  expect((await asana(box, 'GET', `/tasks?project=${ERRORS}`)).body).toEqual({ data: [] });
  expect((await sentry(box, 'GET', '/organizations/umbrella/issues/?query=')).list).toEqual([]);
});

test('the dump shows the world without its tokens', async () => {
  const box = await sandbox();
  const { text, body } = await call(`${box.url}/_control/world`);
  expect(Object.keys(body)).toEqual(
    expect.arrayContaining(['asana-tasks', 'sentry-issues', 'calamari-absences', 'slack-messages', 'meta']),
  );
  for (const secret of [...Object.values(box.tokens), box.sentrySecret]) expect(text).not.toContain(secret);
});

test('the pages show the worlds and escape what they show', async () => {
  const box = await sandbox();
  const evil = '<script>alert(1)</script> & "x"';
  const made = await asana(box, 'POST', '/tasks?opt_fields=permalink_url', {
    name: evil,
    projects: [ERRORS],
    html_notes:
      '<body><strong>Why</strong> <a href="javascript:alert(1)">l</a> <a href="https://ok.example/">ok</a></body>',
    assignee: 'ewa@example.com',
  });
  const issue = await control(box, '/sentry/issues', { title: evil, project: 'web', culprit: evil });
  await control(box, '/calamari/absences', { email: 'anna@example.com', from: '2026-11-23', to: '2026-11-24' });
  const paths = [
    '/',
    '/pages/sentry',
    `/pages/sentry/${String(issue.body.id)}`,
    '/pages/asana',
    `/pages/asana/projects/${ERRORS}`,
    '/pages/slack',
    '/pages/calamari',
  ];
  for (const path of paths) {
    const page = await call(`${box.url}${path}`);
    expect([path, page.status, page.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
    expect(page.text).not.toContain('<script');
  }
  const permalink = String(at(made.body, 'data', 'permalink_url'));
  const moved = await call(permalink);
  const page = await call(new URL(moved.headers.get('location') ?? '', box.url).href);
  expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;');
  expect(page.text).toContain('<strong>Why</strong>');
  expect(page.text).toContain('<a href="https://ok.example/" rel="noreferrer">ok</a>');
  expect(page.text).toContain('Ewa Wójcik');
  expect(page.text).not.toContain('javascript:');
  expect((await call(`${box.url}/pages/asana/tasks/42`)).status).toBe(404);
});
