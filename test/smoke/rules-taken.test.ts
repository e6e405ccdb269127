/** The rules lose a person and a project that open issues use: each issue keeps its task, and ends as it should. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUpApps, idle, until } from '../support/app';
import { rulesWith, startApart } from '../support/outage';
import { MAKE_TIMEOUT_MS, temporalExecutable } from '../support/temporal-executable';

let app: Awaited<ReturnType<typeof startApart>>;
let rules: string;
beforeAll(async () => {
  await temporalExecutable();
  const dir = rulesWith();
  rules = join(dir, 'rules.yaml');
  app = await startApart((env) => ({ ...env, RULES_DIR: dir }));
}, MAKE_TIMEOUT_MS);
afterAll(cleanUpApps);

/** Without anna, and without a place for `checkout-*` of its own. */
function taken(text: string): string {
  const places = /^ {2}checkout-\*:\n(?: {4}.*\n)+/m.exec(text)?.[0] ?? '';
  const [anchor = ''] = /&environment\n(?: {8}.*\n)+/.exec(places) ?? [];
  return text
    .replace(/^ {2}anna:\n(?: {4}.*\n)+/m, '')
    .replaceAll('[anna, piotr]', '[piotr]')
    .replace(', fallback: [{ person: anna }]', '')
    .replace(places, '')
    .replace('*environment\n', anchor);
}
async function hash(): Promise<string> {
  const config = JSON.parse((await app.errand('config')).stdout) as { rules: { hash: string } };
  return config.rules.hash;
}

it('nothing is lost or closed, acts say what is unknown, and the end of the error completes the task', async () => {
  const raised = await Promise.all([
    app.sandbox.raise({ title: 'Error: of anna', platform: 'python' }),
    app.sandbox.raise({ title: 'Error: in a place of its own', platform: 'python', project: 'checkout-web' }),
  ]);
  const ids = raised.map(({ id }) => id);
  for (const id of ids) expect((await app.settled(id)).assignee).toBe('anna');
  const before = await Promise.all(ids.map((id) => app.sandbox.onlyTaskOf(id)));
  const old = await hash();
  writeFileSync(`${rules}.new`, taken(readFileSync(rules, 'utf8')));
  renameSync(`${rules}.new`, rules);
  await until('the rules are read', async () => (await hash()) !== old);

  for (const id of ids) {
    expect((await app.errand('recheck', id)).code).toBe(0);
    await app.issueWhen(id, 'is at rest', (i) => i.state === 'open' && idle(i));
    const gone = await app.errand('reassign', id, '--to', 'anna');
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('"anna"') as string]);
    expect((await app.errand('reassign', id, '--to', 'ewa')).code).toBe(0);
    await app.issueWhen(id, 'is of ewa', (i) => i.assignee === 'ewa' && idle(i));
  }
  for (const [i, id] of ids.entries())
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ gid: before[i]?.gid, completed: false });
  for (const id of ids) {
    await app.sandbox.act(id, 'resolve');
    await app.issueWhen(id, 'is closed', (i) => i.state === 'resolved' && idle(i));
    expect(await app.sandbox.onlyTaskOf(id)).toMatchObject({ completed: true });
  }
});
