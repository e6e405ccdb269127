/** What a log and a terminal say of a failure. */
import { ApplicationFailure } from '@temporalio/common';
import { ErrandError, todoAtStart, CATALOGUE } from '../../src/errors';
import { shownError } from '../../src/telemetry/log';
import { adviceUnderUp, Calm, shownLine, timed, TOLD } from '../../src/process/terminal';

const SDK = {
  level: 'warn',
  msg: 'Activity failed',
  workflowId: 'sentry:acme:4711',
  activityType: 'ensureTask',
  attempt: 3,
  err: { message: 'Asana refused the token (401).' },
};

const shown = (entry: object): string | undefined => shownLine(JSON.stringify(entry), 'worker')?.text;

test('a failed activity names its issue, its step in words, and the attempt, and not the words of the SDK', () => {
  expect(shown(SDK)).toBe(
    'sentry:acme:4711: could not make the Asana task, or find it (attempt 3): Asana refused the token (401).',
  );
  // Those of the feed have no words of a step.
  expect(shown({ ...SDK, activityType: 'sweep' })).toContain('sentry:acme:4711: could not sweep (attempt 3)');
});

test('what concerns no workflow is as it was; what needs nobody is not shown', () => {
  expect(shown({ level: 'warn', msg: 'Temporal is away', why: 'refused' })).toBe('Temporal is away — refused');
  expect(shown({ ...SDK, level: 'info' })).toBeUndefined();
  expect(shownLine('no JSON', 'worker')).toEqual({ text: 'no JSON', quiet: false });
});

test('what Temporal’s SDK says of itself is in the log; an error in it points there', () => {
  for (const sdkComponent of ['core', 'worker']) {
    const raw = { sdkComponent, msg: 'WorkflowTaskFailed gRPC internals', err: { message: 'RST_STREAM' } };
    expect(shown({ ...raw, level: 'warn' })).toBeUndefined();
    expect(shown({ ...raw, level: 'error' })).toBe(
      "something is wrong inside of Temporal's SDK, which goes on by itself: see worker.log in DATA_DIR",
    );
  }
  // Our own words of a workflow pass through the SDK, too.
  expect(shown({ level: 'warn', sdkComponent: 'workflow', msg: 'unknown signal', workflowId: 'sentry:acme:1' })).toBe(
    'unknown signal — sentry:acme:1',
  );
});

test('one quiet line for a webhook and for a task', () => {
  expect(
    shownLine(JSON.stringify({ level: 'info', msg: 'webhook issue.created of sentry:acme:1', ...TOLD }), 'api'),
  ).toEqual({
    text: 'webhook issue.created of sentry:acme:1',
    quiet: true,
  });
});

describe('a storm', () => {
  const news = (text: string) => ({ text, quiet: true });
  const trouble = (text: string) => ({ text, quiet: false });

  test('ten news in a second, and how many there were besides', () => {
    const calm = new Calm();
    const lines = Array.from({ length: 500 }, (_, i) => calm.lines(news(`webhook ${i}`), 10_000 + i)).flat();
    expect(lines).toEqual(Array.from({ length: 10 }, (_, i) => `webhook ${i}`));
    expect(calm.rest(10_999)).toEqual([]);
    expect(calm.rest(11_000)).toEqual(['and 490 more such lines: see the log in DATA_DIR']);
    expect(calm.rest(12_000)).toEqual([]);
    expect(calm.lines(news('the next'), 13_000)).toEqual(['the next']);
  });

  test('what was left out is said before what comes next, and trouble is never left out for news', () => {
    const calm = new Calm();
    for (let i = 0; i < 12; i += 1) calm.lines(news('webhook'), 5_000);
    expect(calm.lines(trouble('the disk is full'), 5_000)).toEqual(['the disk is full']);
    expect(calm.lines(news('webhook'), 6_000)).toEqual([expect.stringContaining('and 2 more'), 'webhook']);
  });

  test('the same trouble is said once a minute, another at once; what is remembered is bounded', () => {
    const calm = new Calm();
    const at = (now: number, text = 'Temporal cannot be reached') => calm.lines(trouble(text), now).length;
    expect([at(0), at(2_000), at(59_999), at(60_000), at(60_001, 'other')]).toEqual([1, 0, 0, 1, 1]);
    for (let i = 0; i < 1_000; i += 1) at(60_002, `line ${i}`);
    // Forgotten among a thousand others.
    expect(at(60_003)).toBe(1);
  });
});

test('each line has a local time, an empty one stays empty', () => {
  const noon = new Date(2026, 10, 30, 12, 4, 9);
  expect(timed('\nReady.\n  task  x', noon)).toBe('\n12:04:09  Ready.\n12:04:09    task  x');
});

test('under `up` no advice asks to start or restart what `up` starts', () => {
  for (const { todo } of Object.values(CATALOGUE)) {
    const here = adviceUnderUp(todo);
    expect(here).not.toMatch(/errand worker`|start a worker|restart the worker|Start Temporal/i);
    if (!/worker|Start Temporal/.test(todo)) expect(here).toBe(todo);
  }
  expect(adviceUnderUp(CATALOGUE.worker_unavailable.todo)).toBe('It is started again by itself.');
  expect(shown({ level: 'warn', msg: 'no worker', todo: CATALOGUE.worker_unavailable.todo })).toContain(
    'again by itself',
  );
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
