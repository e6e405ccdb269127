/** What somebody between Errand and Asana answers, such as a proxy, says nothing of what was asked for. */
import { destinationOf } from '../../../src/core/issue/destination';
import { AsanaBox } from './box';
import { AsanaHarness, codeOf, MARKER, ref, SINCE } from './harness';
import type { Reply } from '../support';

const place = destinationOf({ tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs' });
const page = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  text: `<html><h1>${status}</h1><hr>nginx</html>`,
  headers,
});

describe('a 4xx that Asana did not say', () => {
  const t = new AsanaHarness();
  const onRead = (path: RegExp, reply: Reply): void => {
    t.asana.fault = (request) => (path.test(request.path) ? reply : undefined);
  };

  it.each([400, 401, 402, 403, 404])('%i: the task is not gone, nor is its project', async (status) => {
    const { task } = await t.ensure();
    for (const path of [/\/tasks\/\d+$/, /\/projects\/\d+$/]) {
      if (path.test('/projects/1')) t.asana.tasks.length = 0;
      onRead(path, page(status));
      expect(await codeOf(t.tracker.verifyTask(task, place))).toBe('asana_unavailable');
    }
  });

  it('404: the task of a duplicate, or of a storm, is not gone', async () => {
    const { task } = await t.ensure();
    onRead(/\/tasks\/\d+$/, page(404));
    expect(await codeOf(t.tracker.readTask(task))).toBe('asana_unavailable');
    expect(await codeOf(t.tracker.rewriteTask(task, ['x']))).toBe('asana_unavailable');
  });

  it.each([403, 404])('%i: a place of the issue is not passed over, a task may lie in it', async (status) => {
    onRead(/\/tasks$/, page(status));
    const find = t.tracker.findTask({ marker: MARKER, since: SINCE, destinations: [place], known: [] });
    expect(await codeOf(find)).toBe('asana_unavailable');
  });

  it.each([400, 403, 404])('%i: a task that is known by its id is not taken for another one', async (status) => {
    const { task } = await t.ensure();
    onRead(/\/tasks\/\d+$/, page(status));
    expect(await codeOf(t.ensure({}, {}, [task]))).toBe('asana_unavailable');
    expect(t.posts()).toHaveLength(1);
  });

  it('a redirect: neither is a task that is known by its id, and no detail is refused', async () => {
    const { task } = await t.ensure();
    const redirect: Reply = { status: 302, headers: { location: '/login' } };
    onRead(/\/tasks\/\d+$/, redirect);
    expect(await codeOf(t.ensure({}, {}, [task]))).toBe('asana_refused');
    onRead(/custom_field_settings$/, redirect);
    expect(await codeOf(t.ensure({ fields: { Release: '1' } }, {}, [], [], 'sentry:acme:2'))).toBe('asana_refused');
    expect(t.posts()).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['a page with 400', page(400)],
    ['a page with 403', page(403)],
    ['a page with 404', page(404)],
    ['a redirect', { status: 302, headers: { location: '/login' } }],
  ])('%s: a person is not unknown to Asana, and the task is not made without them', async (_, reply) => {
    onRead(/\/users(\/.*@.*)?$/, reply);
    const code = await codeOf(t.ensure());
    expect(['asana_unavailable', 'asana_refused']).toContain(code);
    expect(t.posts()).toHaveLength(0);
    t.asana.fault = undefined;
    expect(await t.ensure()).toMatchObject({ assignee: 'anna' });
  });

  it.each([400, 402, 403, 404])('%i: a detail is not refused, and the task is not made without it', async (status) => {
    onRead(/custom_field_settings$/, page(status));
    expect(await codeOf(t.ensure({ fields: { Release: '1' } }))).toBe('asana_unavailable');
    expect(t.posts()).toHaveLength(0);
  });

  it('a page that asks to come again in an hour stops Asana for seconds, and not all calls for an hour', async () => {
    t.asana.fault = () => page(503, { 'retry-after': '3600' });
    await expect(t.tracker.completeTask(ref('1'), true)).rejects.toMatchObject({ retryAfter: 5_000 });
  });

  it('says whose word it was not', async () => {
    onRead(/./, page(403));
    await expect(t.tracker.completeTask(ref('1'), true)).rejects.toMatchObject({
      detail: "PUT tasks/1: 403, and not in Asana's own words",
    });
  });
});

describe('the proxy of the sandbox', () => {
  const box = new AsanaBox();

  it.each([401, 403, 404])(
    'answers Asana’s calls with its page, %i: one task is made when it has gone',
    async (status) => {
      await box.control('/faults', { vendor: 'asana', kind: 'page', status });
      expect(await codeOf(box.ensure())).toBe('asana_unavailable');
      await box.control('/faults', {}, 'DELETE');
      await box.control('/faults', { vendor: 'asana', kind: 'page', status, method: 'POST', path: '/tasks$' });
      expect(await codeOf(box.ensure())).toBe('asana_outcome_unknown');
      await box.control('/faults', {}, 'DELETE');
      expect(await box.ensure()).toMatchObject({ made: true, incomplete: false });
    },
  );
});
