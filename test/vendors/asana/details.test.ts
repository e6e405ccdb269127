/** Details of a task, one by one: what is missing is added, what is there stays. */
import type { TaskRef } from '../../../src/core/refs';
import { ALL, AsanaBox, SHOWN, SPEC, type Json } from './box';

const box = new AsanaBox();

it('a 201 that has all of it is complete', async () => {
  expect(await box.ensure()).toMatchObject({ assignee: 'anna', incomplete: false });
});

it('a bare task is given each of its details by a call of its own, and nobody: that is another step’s', async () => {
  const task = await box.bare();
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toEqual({ given: ALL, missing: [] });
  expect((await box.complete(task))['assignee']).toBeNull();
  const puts = (await box.calls(/^PUT /)).length;
  // One for each field, and the due date.
  expect(puts).toBe(3);
});

it('is safe to repeat: nothing is sent for what is there', async () => {
  const task = await box.bare();
  await box.tracker.ensureDetails(task, SPEC, []);
  const before = (await box.calls(/^(PUT|POST) /)).length;
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toMatchObject({ missing: [] });
  expect((await box.calls(/^(PUT|POST) /)).length).toBe(before);
});

it.each([400, 403])(
  'details that are refused with %i cost only themselves, and are named with Asana’s words',
  async (status) => {
    const refuse = { details: ['section', 'Environment', 'followers'], status, message: 'nobody has seen these words' };
    await box.treat({ refuse });
    const { task } = await box.ensure();
    const { given, missing } = await box.tracker.ensureDetails(task, SPEC, []);
    const why = `${status} nobody has seen these words`;
    expect(missing).toEqual([SHOWN[0], SHOWN[1], SHOWN[4]].map((name) => ({ name, why })));
    expect(given).toEqual([ALL[2], ALL[3], ALL[5]]);
    expect(await box.shown(task)).toMatchObject({ due_on: '2026-12-01', tags: [{ name: 'gold' }] });
    await box.treat({});
    expect(await box.tracker.ensureDetails(task, SPEC, given)).toMatchObject({ missing: [] });
    await box.complete(task);
  },
);

it('details that Asana takes with 2xx and leaves out are noticed, by the answer or by one read', async () => {
  const task = await box.bare();
  await box.treat({ leaveOut: ['section', 'tags', 'followers', 'due_on', 'custom_fields'] });
  const before = (await box.calls(/^GET .*\/tasks\/\d+$/)).length;
  const { missing } = await box.tracker.ensureDetails(task, SPEC, []);
  expect(missing).toEqual(SHOWN.map((name) => ({ name, why: 'Asana took it and left it out' })));
  expect((await box.calls(/^GET .*\/tasks\/\d+$/)).length - before).toBe(2);
});

it('what a person has chosen stays: another value, another section, another project', async () => {
  const task = await box.bare();
  const { 'asana-fields': fields } = (await box.control('/world', {}, 'GET')) as { 'asana-fields': Json[] };
  const environment = fields.find((one) => one['name'] === 'Environment');
  const [, staging] = environment?.['options'] as { gid: string }[];
  await box.shown(task, { due_on: '2027-01-01', custom_fields: { [String(environment?.['gid'])]: staging?.gid } });
  await box.control(`/asana/tasks/${task.id}/move`, { section: 'Done' });
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toEqual({ given: ALL, missing: [] });
  const now = await box.shown(task);
  expect(now).toMatchObject({
    due_on: '2027-01-01',
    memberships: [{ section: { name: 'Done' } }],
    tags: [{ name: 'gold' }],
  });
  expect(JSON.stringify(now['custom_fields'])).toMatch(/staging[^]*1\.2\.3/);
  await box.control(`/asana/tasks/${task.id}/move`, { project: 'Errors' });
  expect(await box.tracker.ensureDetails(task, { ...SPEC, tags: ['more'] }, [])).toEqual({ given: [], missing: [] });
  expect((await box.shown(task))['tags']).toEqual([{ gid: expect.any(String) as string, name: 'gold' }]);
});

it('a section of another project is refused, and the task does not move there', async () => {
  const task = await box.bare();
  const { 'asana-sections': sections } = (await box.control('/world', {}, 'GET')) as { 'asana-sections': Json[] };
  const elsewhere = String(sections.find((one) => one['project'] === '1200000000000001')?.['gid']);
  const { missing } = await box.tracker.ensureDetails(task, { ...SPEC, section: elsewhere }, []);
  expect(missing).toEqual([{ name: `section "${elsewhere}"`, why: expect.stringContaining('400') as string }]);
  expect((await box.shown(task))['memberships']).toMatchObject([{ project: { gid: '1200000000000002' } }]);
});

it('what it has had and a person took away is not given again', async () => {
  const task = await box.bare();
  expect(await box.tracker.ensureDetails(task, SPEC, ['tag "gold"', 'follower "piotr"'])).toMatchObject({
    missing: [],
  });
  const now = await box.shown(task);
  expect(now['tags']).toEqual([]);
  expect(JSON.stringify(now['followers'])).not.toContain('piotr@');
});

it('names that Asana does not know are missing details, except the rules’ priority without such a field', async () => {
  const { task, incomplete } = await box.ensure({
    section: 'Nowhere',
    followers: ['stranger'],
    fields: { Environment: 'moon', Nope: 'x' },
    priority: 'high',
  });
  expect(incomplete).toBe(true);
  const spec = {
    ...SPEC,
    section: 'Nowhere',
    followers: ['stranger'],
    fields: { Environment: 'moon', Nope: 'x' },
    priority: 'high',
  };
  const { missing } = await box.tracker.ensureDetails(task, spec, []);
  expect(missing).toEqual([
    { name: 'section "Nowhere"', why: expect.stringContaining('there is: Inbox, In progress, Done') as string },
    { name: 'follower "stranger"', why: 'Asana does not know their address' },
    { name: 'custom field "Environment"', why: 'no such option: "moon"' },
    { name: 'custom field "Nope"', why: 'the project has none of this name' },
  ]);
});

it('a person who is invited and a field that is made after a try are known to the next', async () => {
  const spec = { ...SPEC, followers: ['stranger'], fields: { Nope: 'x' } };
  const { task } = await box.ensure(spec);
  expect((await box.tracker.ensureDetails(task, spec, [])).missing).toHaveLength(2);
  await box.control('/asana/users', { name: 'New', email: 'stranger@example.com' });
  await box.control('/asana/fields', { name: 'Nope', type: 'text' });
  expect((await box.tracker.ensureDetails(task, spec, [])).missing).toEqual([]);
});

it('custom fields that the plan does not include (402) are logged once and asked of nobody', async () => {
  await box.control('/asana/plan', { plan: 'free' });
  const { task, incomplete } = await box.ensure();
  expect(incomplete).toBe(false);
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toMatchObject({ missing: [] });
  expect(box.warned).toEqual([
    [expect.stringContaining('plan') as string, expect.objectContaining({ what: 'custom fields' })],
  ]);
});

it('a field that is refused with 402 is not in attention for ever', async () => {
  const task = await box.bare();
  await box.treat({ refuse: { details: ['Release'], status: 402, message: 'Payment Required' } });
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toMatchObject({ missing: [] });
  expect(box.warned).toEqual([[expect.any(String), { what: 'custom field "Release"', said: '402 Payment Required' }]]);
});

it('an outage in the middle is none of the details’ fault, and what is done stays done', async () => {
  const task = await box.bare();
  await box.control('/faults', { vendor: 'asana', kind: 'status', status: 503, method: 'PUT' });
  await expect(box.tracker.ensureDetails(task, SPEC, [])).rejects.toMatchObject({ code: 'asana_unavailable' });
  expect(await box.shown(task)).toMatchObject({ tags: [{ name: 'gold' }], due_on: null });
  await box.control('/faults', {}, 'DELETE');
  expect(await box.tracker.ensureDetails(task, SPEC, [])).toMatchObject({ missing: [] });
  await box.complete(task);
});

describe('a date', () => {
  const spec = { ...SPEC, fields: { Deadline: '2026-12-24' } };
  const dateOf = async (task: TaskRef): Promise<unknown> => {
    const fields = (await box.shown(task))['custom_fields'] as Json[];
    return (fields.find((one) => one['name'] === 'Deadline')?.['date_value'] as Json | null)?.['date'];
  };

  it('is written as text', async () => {
    await box.control('/asana/fields', { name: 'Deadline', type: 'date' });
    const { task, incomplete } = await box.ensure(spec);
    expect([incomplete, await dateOf(task)]).toEqual([false, '2026-12-24']);
  });

  it('is written as an object only where the text is refused', async () => {
    await box.control('/asana/fields', { name: 'Deadline', type: 'date' });
    await box.treat({ dates: 'object' });
    const { task, incomplete } = await box.ensure(spec);
    expect([incomplete, await dateOf(task)]).toEqual([true, undefined]);
    expect(await box.tracker.ensureDetails(task, spec, [])).toMatchObject({ missing: [] });
    expect(await dateOf(task)).toBe('2026-12-24');
  });
});

describe('people whom Asana leaves out without a word', () => {
  it('a guest: the task is nobody’s, which is said, and theirs once they are a member', async () => {
    await box.control('/asana/users/ewa@example.com', { guest: true });
    const { task, assignee, incomplete } = await box.ensure({}, 'ewa');
    expect({ assignee, incomplete }).toEqual({ assignee: null, incomplete: false });
    await expect(box.tracker.assignTask(task, 'ewa')).rejects.toMatchObject({ code: 'asana_not_assigned' });
    await box.control('/asana/users/ewa@example.com', { guest: false });
    await box.tracker.assignTask(task, 'ewa');
    expect(await box.shown(task)).toMatchObject({ assignee: { email: 'ewa@example.com' } });
  });

  it('a guest as follower is a missing detail', async () => {
    await box.control('/asana/users/piotr@example.com', { guest: true });
    const { task, incomplete } = await box.ensure();
    expect(incomplete).toBe(true);
    expect((await box.tracker.ensureDetails(task, SPEC, [])).missing).toEqual([
      { name: 'follower "Piotr Zieliński"', why: 'Asana took it and left it out' },
    ]);
  });

  it('whom it was asked for is known by name from then on', async () => {
    expect(box.tracker.nameOf?.('anna')).toBeUndefined();
    await box.ensure();
    expect(box.tracker.nameOf?.('anna')).toBe('Anna Nowak');
    expect(box.tracker.nameOf?.('nobody')).toBeUndefined();
  });

  it('the text of a task is read when it is sent, so that it can name whom the look-up found', async () => {
    const { tracker } = box;
    const draft = {
      title: 'Named',
      get body(): string[] {
        return [`for ${tracker.nameOf?.('ewa')}\n\n`, 'sentry:acme:77'];
      },
      assignee: 'ewa',
      spec: SPEC,
    };
    const where = { since: new Date(Date.now() - 3_600_000).toISOString(), destinations: [], known: [] };
    const { task } = await tracker.ensureTask({ marker: 'sentry:acme:77', draft, ...where });
    const answer = await fetch(`${box.sandbox.asanaUrl}/tasks/${task.id}`, {
      headers: { authorization: `Bearer ${box.sandbox.tokens.asana}` },
    });
    expect(await answer.text()).toContain('for Ewa Wójcik');
  });
});
