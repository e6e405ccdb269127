/** A copy of the sources in which one thing is broken at a time, and the suites that are run there. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applied, type Replacement } from '../chaos/mutations';

const ROOT = join(__dirname, '..', '..');
/** What the suites read. */
const COPIED = ['src', 'test', 'rules', 'package.json', 'tsconfig.json', 'jest.config.cjs', 'jest.slow.cjs'];
const CONFIG = 'jest.mutations.cjs';
/** None of the suites starts a server, so nothing is made ready for one. */
const CONFIG_TEXT = `const [quick] = require('./jest.config.cjs').projects;
const { globalSetup, globalTeardown, displayName, ...config } = quick;
module.exports = config;
`;
/** Ten times the slowest suite: a suite that does not end has noticed, too. */
const PATIENCE_MS = 120_000;
const OUTPUT_MAX = 16_384;

/** `red`: names of the tests that failed; `why`: how it ended where no test can be named. */
export type Ran = { red: string[]; why?: string; ms: number };

type Report = {
  success: boolean;
  testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[];
};

export class Scratch {
  private readonly dir = mkdtempSync(join(tmpdir(), 'errand-mutations-'));

  constructor() {
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.dir, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'));
    writeFileSync(join(this.dir, CONFIG), CONFIG_TEXT);
  }

  /** @param suites below test/, without `.test.ts` @returns what failed in them; the copy is whole again afterwards */
  async run(suites: readonly string[], broken?: Replacement): Promise<Ran> {
    if (!broken) return this.jest(suites);
    const file = join(this.dir, broken.file);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, applied(broken.file, text, [broken]));
    try {
      return await this.jest(suites);
    } finally {
      writeFileSync(file, text);
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async jest(suites: readonly string[]): Promise<Ran> {
    const began = Date.now();
    const output = join(this.dir, 'report.json');
    rmSync(output, { force: true });
    const files = suites.map((suite) => join('test', `${suite}.test.ts`));
    const args = ['--config', CONFIG, '-w', '1', '--forceExit', '--json', '--outputFile', output, '--runTestsByPath'];
    const said = await this.node(join('node_modules', 'jest', 'bin', 'jest.js'), ...args, ...files);
    const ms = Date.now() - began;
    if (said.stopped) return { red: ['(it did not end)'], ms };
    let report: Report;
    try {
      report = JSON.parse(readFileSync(output, 'utf8')) as Report;
    } catch {
      throw new Error(`jest wrote no report:\n${said.text}`);
    }
    if (report.testResults.length !== suites.length) throw new Error(`jest did not run ${suites.join(', ')}.`);
    const red = report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ status, fullName }) => (status === 'failed' ? [fullName] : [])),
    );
    if (report.success || red.length > 0) return { red, ms };
    // A suite that cannot be loaded shows nothing of what it tests.
    return { red, ms, why: report.testResults.map(({ message }) => message).join('\n') };
  }

  private node(...args: string[]): Promise<{ text: string; stopped: boolean }> {
    const child = spawn(process.execPath, args, { cwd: this.dir, stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    let stopped = false;
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (piece: string) => (text = (text + piece).slice(-OUTPUT_MAX)));
    const timer = setTimeout(() => {
      stopped = true;
      child.kill('SIGKILL');
    }, PATIENCE_MS);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ text, stopped });
      });
    });
  }
}
