/** `errand up` as a newcomer meets it: the story, the end, the second start, a taken DATA_DIR. */
import { type App, cleanUpApps, errand, startUp, temporaryDir, upEnv } from '../support/app';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

beforeAll(() => temporalExecutable(), MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

async function text(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
}

describe('one DATA_DIR', () => {
  const dataDir = temporaryDir();
  let app: App;
  let task: string;

  it('the first start tells the story of one payload, with pages that are there', async () => {
    app = await startUp({ dataDir });
    const said = app.run.output;
    expect(said.split('\n')[0]).toMatch(/^\d\d:\d\d:\d\d {2}No Sentry and no Asana are configured/);
    // One line per hop, in the order of the journey.
    const hops = [
      /webhook +\S+, signed by pretend Sentry: answered 202/,
      /workflow +Sentry sent event_alert.triggered/,
      /sentry +read in Sentry/,
      /rules +rule javascript gives it to Ewa Wójcik/,
      /asana +Asana task \d+ made/,
      /sentry +linked in Sentry/,
      /npx errand demo resolve/,
      / Ready\./,
    ];
    const places = hops.map((hop) => said.search(hop));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));

    task = / {4}task +(http\S+)/.exec(said)?.[1] ?? '';
    const page = await text(task);
    expect(page.status).toBe(200);
    expect(page.body).toContain('Sample error from node');
    expect(page.body).toContain('Ewa');
    const workflow = / {4}workflow +(http\S+)/.exec(said)?.[1] ?? '';
    expect(workflow).toContain('sentry%3Aacme%3A');
    const ui = await text(workflow);
    expect(ui.status).toBe(200);
    expect(ui.body).toContain('<html');
    const { sandbox, url, operatorUrl } = app.running;
    for (const path of ['/', '/pages/sentry', '/pages/asana', '/pages/slack', '/pages/calamari'])
      expect(await text(`${sandbox?.url}${path}`)).toMatchObject({ status: 200 });
    const ready = await app.readyWhen('/ready says that all is well', ({ degraded }) => degraded.length === 0);
    expect(ready).toMatchObject({ status: 200, mode: 'live', sandbox: true });
    expect(await text(`${url}/health`)).toMatchObject({ status: 200 });
    const about = await text(`${operatorUrl}/`);
    expect(JSON.parse(about.body)).toMatchObject({ name: 'errand', mode: 'live', sandbox: true });
  });

  it('tells of a webhook and of a task in a quiet line each, with the local time, and nothing else', async () => {
    const before = app.run.output;
    const { id } = await app.sandbox.raise({ title: 'Error: quietly', platform: 'python' });
    const issue = await app.settled(id);
    await app.run.says(/worker: task made of/);
    // The echo of our own assignment may have come by now.
    const all = app.run.output.slice(before.length).trimEnd().split('\n');
    const news = all.filter((line) => !line.includes('api: webhook issue.assigned of'));
    expect(news).toEqual([
      expect.stringMatching(
        new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}api: webhook issue\\.created of sentry:acme:${id}$`),
      ) as string,
      expect.stringMatching(
        new RegExp(
          `^\\d\\d:\\d\\d:\\d\\d {2}worker: task made of ${issue.shortId}, for \\S+ \\S+: ${issue.task?.url}$`,
        ),
      ) as string,
    ]);
    for (const line of before.trimEnd().split('\n')) expect(line).toMatch(/^$|^\d\d:\d\d:\d\d {2}\S?/);
    // The first story told of its own.
    expect(before).not.toMatch(/api: webhook|task made of/);
  });

  it('a second `up` on the same DATA_DIR is refused in one sentence, and the first goes on', async () => {
    const second = await errand(['up'], await upEnv(dataDir));
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(/ is in use by another Errand \(process \d+ on .*\)\. Stop that one first/);
    expect(second.stdout).toContain(`another Errand (process `);
    expect(second.stderr).toContain(dataDir);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect((await app.errand('issues')).code).toBe(0);
  });

  it('SIGTERM ends it with 0 and leaves no process', async () => {
    expect(app.run.processes().length).toBeGreaterThanOrEqual(5);
    expect(await app.run.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await app.run.nothingLeft();
    await expect(fetch(`${app.running.url}/health`)).rejects.toThrow();
  });

  it('a second start finds what the first made', async () => {
    const issuesBefore = /sentry%3Aacme%3A(\d+)/.exec(app.run.output)?.[1] ?? '';
    app = await startUp({ dataDir });
    expect(app.run.output).not.toContain('One real payload');
    const issue = await app.settled(issuesBefore);
    expect(await app.sandbox.onlyTaskOf(issuesBefore)).toMatchObject({ gid: task.split('/').at(-1) });
    expect(issue.task?.id).toBe(task.split('/').at(-1));
    expect((await app.issues()).map((i) => i.id)).toContain(issue.id);
  });

  it('Ctrl-C, which reaches the whole group, ends it with 0 and leaves no process', async () => {
    expect(await app.run.end('SIGINT', 'group')).toEqual({ code: 0, signal: null });
    await app.run.nothingLeft();
    expect(app.run.output).toContain('Stopping.');
    expect(app.run.output).not.toMatch(/started again|ended \(/);
  });
});
