import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOGGED_PROCESSES, readLogs, type LogRequest } from '../../src/telemetry/logs';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'errand-test-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const line = (second: number, level: string, msg: string, more: object = {}): string =>
  `${JSON.stringify({ level, time: `2026-11-30T10:00:0${second}.000Z`, name: 'x', ...more, msg })}\n`;
const read = (request: Partial<LogRequest> = {}) =>
  readLogs(dir, { processes: LOGGED_PROCESSES, level: 'info', limit: 100, ...request });
const messages = async (request: Partial<LogRequest> = {}) => (await read(request))?.lines.map((l) => l.message);

describe('the application logs', () => {
  it('are none where `up` keeps none', async () => {
    expect(await read()).toBeUndefined();
  });

  it('of all processes are one list, the newest first, with what was logged before the file was turned over', async () => {
    writeFileSync(join(dir, 'api.log.1'), line(1, 'info', 'oldest'));
    writeFileSync(join(dir, 'api.log'), line(4, 'warn', 'newest', { code: 'x' }));
    writeFileSync(join(dir, 'worker.log'), line(2, 'info', 'second') + line(3, 'error', 'third'));
    expect(await messages()).toEqual(['newest', 'third', 'second', 'oldest']);
    expect((await read())?.lines[0]).toEqual({
      at: '2026-11-30T10:00:04.000Z',
      process: 'api',
      level: 'warn',
      message: 'newest',
      fields: { code: 'x' },
    });
    expect(await messages({ level: 'warn' })).toEqual(['newest', 'third']);
    expect(await messages({ processes: ['worker'] })).toEqual(['third', 'second']);
  });

  it('come in pages, and lines that come meanwhile move none', async () => {
    const text = Array.from({ length: 5 }, (_, i) => line(i, 'info', `m${i}`)).join('');
    writeFileSync(join(dir, 'api.log'), text);
    const first = await read({ limit: 2 });
    expect(first?.lines.map((l) => l.message)).toEqual(['m4', 'm3']);
    writeFileSync(join(dir, 'api.log'), text + line(6, 'info', 'm6'));
    const second = await read({ limit: 2, cursor: first?.next ?? '' });
    expect(second?.lines.map((l) => l.message)).toEqual(['m2', 'm1']);
    const last = await read({ limit: 2, cursor: second?.next ?? '' });
    expect([last?.lines.map((l) => l.message), last?.next]).toEqual([['m0'], null]);
  });

  it('hold what is no JSON, too: a stack stands after its line, as an error, and a line of the SDK keeps its level', async () => {
    const core = '[2m2026-11-30T10:00:02.458088Z[0m [33m WARN[0m temporalio: slow';
    writeFileSync(join(dir, 'worker.log'), `${line(1, 'info', 'begun')}Error: broken\n    at x (y.js:1:1)\n${core}\n`);
    const lines = (await read())?.lines.map(({ at, level, message }) => [at, level, message]);
    const at = '2026-11-30T10:00:01.000Z';
    expect(lines).toEqual([
      ['2026-11-30T10:00:02.458Z', 'warn', '2026-11-30T10:00:02.458088Z  WARN temporalio: slow'],
      [at, 'error', '    at x (y.js:1:1)'],
      [at, 'error', 'Error: broken'],
      [at, 'info', 'begun'],
    ]);
  });

  it('a torn line, an unknown level and a line without a time are shown all the same', async () => {
    writeFileSync(
      join(dir, 'api.log'),
      `{"level":"info","ti\n${JSON.stringify({ level: 'loud', msg: 'm' })}\n[1]\nnull\n`,
    );
    expect((await read())?.lines).toHaveLength(4);
    expect((await read())?.lines.map((l) => l.at)).toEqual([null, null, null, null]);
  });

  it('show no secret that a process printed past the logger', async () => {
    writeFileSync(join(dir, 'api.log'), 'Error: token=abcdef0123456789abcdef\n');
    expect(await messages()).toEqual(['Error: token=[secret]']);
  });
});
