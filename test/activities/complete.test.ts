/** A task is completed and told why by one activity, and neither waits for the other. */
import { completeTask } from '../../src/activities/tracker';
import type { Note } from '../../src/core/issue/steps';
import { ErrandError } from '../../src/errors';
import { asActivity, depsWith } from '../support/activity';

const task = { tracker: 'asana' as const, id: '1', url: 'https://a/1' };
const note: Note = { key: 'resolved-0.x', say: 'resolved', facts: { by: 'Sentry' } };
const PAUSE_MS = 1;

const passes = new ErrandError('asana_unavailable', 'PUT: 503.');
const refuses = new ErrandError('asana_refused', 'POST: 400.');
const refused = { code: 'asana_refused', message: refuses.message };

function close(failing: { complete?: Error; comment?: Error }, said: Note | null = note) {
  const did: string[] = [];
  const write = (what: string, error: Error | undefined): Promise<void> => {
    did.push(what);
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const deps = depsWith({
    rules: () => ({ settings: { retry: { first: PAUSE_MS } } }),
    trackers: {
      asana: {
        completeTask: () => write('complete', failing.complete),
        comment: (_: unknown, key: string) => write(key, failing.comment),
      },
    },
  });
  return { did, got: asActivity(() => completeTask(deps)({ task, completed: true, note: said ?? undefined })) };
}

test.each([
  ['both are written', {}, { complete: 'done', comment: 'done' }],
  ['a refused comment leaves the completion', { comment: refuses }, { complete: 'done', comment: refused }],
  ['a refused completion leaves the comment', { complete: refuses }, { complete: refused, comment: 'done' }],
  ['a comment that may pass is left to be asked for alone', { comment: passes }, { complete: 'done' }],
  ['so is a completion', { complete: passes }, { comment: 'done' }],
])('%s', async (_, failing, outcomes) => {
  const { did, got } = close(failing);
  expect(await got).toEqual(outcomes);
  expect(did).toEqual(['complete', note.key]);
});

test('when nothing came to an end the whole is repeated', async () => {
  await expect(close({ complete: passes, comment: passes }).got).rejects.toMatchObject({ type: 'asana_unavailable' });
});

test('without a comment there is the completion alone', async () => {
  const { did, got } = close({}, null);
  expect(await got).toEqual({ complete: 'done' });
  expect(did).toEqual(['complete']);
});
