/** The task of a storm lies where the rules say, over HTTP against the pretend Asana. */
import { showStorm } from '../../src/activities/storm';
import type { StormRef } from '../../src/core/storm/record';
import { asActivity, depsWith } from '../support/activity';
import { AsanaBox } from '../vendors/asana/box';

const box = new AsanaBox();
const PLACE = { tracker: 'asana', workspace: 'Acme', project: 'Checkout bugs', section: 'In progress' };
const storm: StormRef = { scope: 'acme', project: 'shop', since: new Date().toISOString() };

let log: { missing?: unknown; code?: string }[];
beforeEach(() => (log = []));

async function show(): Promise<unknown> {
  const run = showStorm(
    depsWith({
      trackers: { asana: box.tracker },
      ledger: { held: () => Promise.resolve([]) },
      rules: () => ({ settings: { unknownOutcome: [] } }),
      log: { info: () => undefined, warn: (fields: object) => void log.push(fields) },
    }),
  );
  const shown = await asActivity(() => run({ storm, destinations: [PLACE], task: null, max: 50, window: 3_600_000 }));
  return shown.task === null || shown.task === 'gone' ? shown : box.shown(shown.task);
}

it('a section that is refused with the whole is given by a call of its own', async () => {
  await box.control('/faults', {
    vendor: 'asana',
    kind: 'status',
    status: 400,
    method: 'POST',
    path: '/tasks$',
    times: 1,
  });
  expect(await show()).toMatchObject({ memberships: [{ section: { name: 'In progress' } }] });
  expect(log).toEqual([]);
});

it('a section that Asana leaves out is logged, and the task is there once', async () => {
  await box.treat({ leaveOut: ['section'] });
  await show();
  expect(log).toMatchObject([{ missing: [{ name: 'section "In progress"' }] }]);
  await box.treat({});
  // The attempt before is taken for lost: its task is found, and what it lacks is given.
  expect(await show()).toMatchObject({ memberships: [{ section: { name: 'In progress' } }] });
  expect(await box.calls(/^POST .*\/tasks$/)).toHaveLength(1);
});

it('Asana goes away before the section is given: that is logged, and costs no attempt', async () => {
  await box.treat({ leaveOut: ['section'] });
  await box.control('/faults', { vendor: 'asana', kind: 'status', status: 503, method: 'GET', path: '/tasks/[0-9]+$' });
  await show();
  expect(log).toMatchObject([{ code: 'asana_unavailable' }]);
});
