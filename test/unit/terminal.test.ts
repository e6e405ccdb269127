/** What a log and a terminal say of a failure. */
import { ApplicationFailure } from '@temporalio/common';
import { ErrandError, todoAtStart, CATALOGUE } from '../../src/errors';
import { shownLine } from '../../src/processes';
import { shownError } from '../../src/telemetry/log';

const SDK = {
  level: 'warn',
  msg: 'Activity failed',
  workflowId: 'sentry:acme:4711',
  activityType: 'ensureTask',
  attempt: 3,
  err: { message: 'Asana refused the token (401).' },
};

test('a failed activity names its issue, its step in words, and the attempt', () => {
  expect(shownLine(JSON.stringify(SDK))).toBe(
    'Activity failed — sentry:acme:4711: make the Asana task, or find it (attempt 3) — Asana refused the token (401).',
  );
  // Those of the feed have no words of a step.
  expect(shownLine(JSON.stringify({ ...SDK, activityType: 'sweep' }))).toContain('sentry:acme:4711: sweep (attempt 3)');
});

test('what concerns no workflow, and what needs nobody, is as it was', () => {
  expect(shownLine(JSON.stringify({ level: 'warn', msg: 'Temporal is away', why: 'refused' }))).toBe(
    'Temporal is away — refused',
  );
  expect(shownLine(JSON.stringify({ ...SDK, level: 'info' }))).toBeUndefined();
  expect(shownLine('no JSON')).toBe('no JSON');
});

test('a failure with a code has no stack in the log; one that nobody expected has', () => {
  const expected = { code: 'asana_unauthorized', message: 'Asana refused the token (401). GET users/me' };
  expect(shownError(new ErrandError('asana_unauthorized', 'GET users/me'))).toEqual({
    type: 'ErrandError',
    ...expected,
  });
  const { code: type, message } = expected;
  expect(shownError(ApplicationFailure.create({ type, message }))).toEqual({ type: 'ApplicationFailure', ...expected });
  const stack = expect.stringContaining('terminal.test') as string;
  for (const e of [new Error('odd'), new ErrandError('unexpected'), Object.assign(new Error('net'), { code: 'EPIPE' })])
    expect(shownError(e)).toMatchObject({ stack });
  expect(shownError('words')).toBe('words');
});

test('a failure shows no secret in the log, expected or not', () => {
  for (const e of [
    new ErrandError('asana_refused', 'PHPSESSID=canary'),
    new Error('pw=canary'),
    new TypeError('<password>canary'),
  ])
    expect(JSON.stringify(shownError(e))).not.toContain('canary');
});

test('before anything was tried no advice speaks of a worker or of an issue', () => {
  for (const code of Object.keys(CATALOGUE).filter((c) => /^(sentry|asana|calamari|slack)_/.test(c))) {
    const todo = todoAtStart(CATALOGUE[code as keyof typeof CATALOGUE]);
    expect(todo).not.toMatch(/restart|<id>|Nothing:/);
    expect(todo).toMatch(/^[A-Z].*[\w"]\.$/);
  }
});
