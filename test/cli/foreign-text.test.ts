/** Nothing foreign writes on a terminal or forges a line: what a hostile name or title becomes wherever it is printed. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Command } from 'commander';
import fc from 'fast-check';
import { actCommands } from '../../src/cli/acts';
import { createContext } from '../../src/cli/context';
import { issueCommands } from '../../src/cli/issues';
import { drawnBar } from '../../src/cli/progress';
import { shownLine } from '../../src/process/terminal';
import { jsonText, parsedForTerminal, terminalLine, terminalText } from '../../src/text/terminal';

/** Clears the screen, sets the title of the window, C1's own CSI, back over the line, turns the rest round, and a line of ours. */
const HOSTILE = 'a\u001b[2Jb\u001b]0;t\u0007c\u009b31md\re\u202ef\u200fg\u2028h\nOK: all is well';
const FORGED = /^OK: all is well/m;
/** All that a terminal may be sent: printable characters and line ends. */
const OBEYED = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

let server: Server;
let answers: Record<string, unknown>;
let printed: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    response.writeHead(path in answers ? 200 : 404).end(JSON.stringify(answers[path] ?? answers['error']));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    printed += String(piece);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

async function errand(...args: string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const program = new Command().option('--json').option('--url <url>').option('--token <token>').exitOverride();
  const ctx = createContext(program);
  issueCommands(program, ctx);
  actCommands(program, ctx);
  const own = ['node', 'errand', '--url', `http://127.0.0.1:${port}`, '--token', 'any'];
  await program.parseAsync([...own, ...args]);
  return printed;
}

const ISSUE = {
  id: HOSTILE,
  shortId: HOSTILE,
  title: HOSTILE,
  state: 'open',
  attention: [
    { step: 'ensureTask', code: 'asana_refused', message: HOSTILE, tries: 2, since: '2026-11-20T10:00:00.000Z' },
  ],
  assignee: HOSTILE,
  next: HOSTILE,
  url: HOSTILE,
  rule: HOSTILE,
  task: { url: HOSTILE },
  override: { by: HOSTILE },
  rejects: [{ at: '2026-11-20T10:00:00.000Z', what: HOSTILE }],
  trying: [{ step: HOSTILE, code: HOSTILE, message: HOSTILE, tries: 1, of: 10, again: null }],
  timeline: [{ at: '2026-11-20T10:00:00.000Z', what: HOSTILE }],
};
const ACT = {
  at: '2026-11-20T10:00:00.000Z',
  by: HOSTILE,
  act: 'mute',
  issue: HOSTILE,
  input: { [HOSTILE]: HOSTILE },
  outcome: '200',
};

const ANSWERS = {
  '/issues': { issues: [ISSUE], next: HOSTILE },
  '/issues/1': ISSUE,
  '/issues/1/explain': { text: `one\ntwo ${HOSTILE.replace(/\n.*/, '')}`, decision: null },
  '/logs': { acts: [ACT], next: null },
  '/config': { publicUrl: HOSTILE },
};
beforeEach(() => (answers = ANSWERS));

describe('every command that prints what others chose', () => {
  it.each([['issues'], ['issues', '--attention'], ['issue', '1'], ['explain', '1'], ['logs'], ['config']])(
    '%s %s',
    async (...args) => {
      expect(await errand(...args.filter(Boolean))).toMatch(/ab|two a/);
      expect(printed).not.toMatch(OBEYED);
      expect(printed).not.toMatch(FORGED);
    },
  );

  it.each([['issues'], ['issue', '1'], ['logs'], ['config']])(
    '%s %s as JSON, which still says the same',
    async (...args) => {
      const said = await errand('--json', ...args.filter(Boolean));
      expect(said).not.toMatch(OBEYED);
      expect(said).toContain('\\u202e');
      expect(said).toContain('\\u009b');
      const path = args[0] === 'issue' ? '/issues/1' : `/${args[0]}`;
      // `config` is printed as JSON for people, too, and is asked for whole here.
      expect(JSON.parse(said)).toEqual(ANSWERS[path as keyof typeof ANSWERS]);
    },
  );

  it('lines of an explanation stay lines', async () => {
    expect((await errand('explain', '1')).split('\n')).toHaveLength(3);
  });

  it('a refusal in the words of a vendor', async () => {
    answers = { error: { error: { code: 'invalid', message: HOSTILE, todo: '' } } };
    for (const json of [[], ['--json']]) {
      const refused = errand(...json, 'issue', '1');
      await expect(refused).rejects.toMatchObject({ words: expect.not.stringMatching(/[\p{Cc}\u202e]/u) as string });
    }
  });
});

describe('what passes through up', () => {
  it('a line of a child, with what stands in its JSON', () => {
    const line = JSON.stringify({ level: 'error', msg: HOSTILE, workflowId: HOSTILE, err: { message: HOSTILE } });
    expect(shownLine(line, 'worker')?.text).not.toMatch(/[\p{Cc}\u202e\u200f]/u);
    expect(shownLine(HOSTILE, 'worker')?.text).not.toMatch(OBEYED);
  });

  it('a bar', () => {
    let drawn = '';
    drawnBar({ isTTY: true, write: (text) => ((drawn += text), true) }).draw(0.5, HOSTILE);
    expect(drawn.replace('\r\u001b[K', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

test('the log of a process keeps every line one line, and what it says', () => {
  const log = join(__dirname, '..', '..', 'src', 'telemetry', 'log.ts');
  const program = `
    const { createLog } = require(${JSON.stringify(log)});
    createLog('test').error({ issue: ${JSON.stringify(HOSTILE)} }, ${JSON.stringify(HOSTILE)});
  `;
  const run = spawnSync(process.execPath, ['--require', require.resolve('tsx/cjs'), '-e', program], {
    encoding: 'utf8',
  });
  expect(run.stdout).not.toMatch(OBEYED);
  expect(run.stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ issue: HOSTILE, msg: HOSTILE });
});

describe('for any text', () => {
  const text = fc.string({ unit: 'binary' });
  it('a value stays on one line, and nothing obeys it', () => {
    fc.assert(fc.property(text, (t) => !/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(terminalLine(t))));
    fc.assert(
      fc.property(
        text,
        (t) => !/[^\P{Cc}\n\t]/u.test(terminalText(t)) && terminalText(t).split('\n').length <= t.split('\n').length,
      ),
    );
  });

  it('JSON for a terminal is the same JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (data) => {
        expect(JSON.parse(jsonText(data))).toEqual(JSON.parse(JSON.stringify(data)));
        expect(jsonText(data)).not.toMatch(OBEYED);
      }),
    );
    expect(parsedForTerminal('[{"a\\nb":["c\\nd",1,null,true]}]')).toEqual([{ 'a b': ['c d', 1, null, true] }]);
  });
});
