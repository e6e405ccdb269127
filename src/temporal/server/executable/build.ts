/** The Temporal CLI, compiled with Go from the module that `tools/temporal` pins with its checksums. */
import { spawn } from 'node:child_process';
import type { Env, Progress } from './types';

/** Packages of `go list -deps github.com/temporalio/cli/cmd/temporal` at 1.8.2. Only for the progress, so it may be a little off. */
const PACKAGES = 1718;
/** How often the terminal hears that the build is still at work. */
const SAY_EVERY_MS = 10_000;
/** How much of what the compiler said is kept for the error. */
const KEPT_LINES = 20;

/** The build command, without `go` itself. `tool` is what tools/temporal/go.mod declares; `-v` prints each package, for the progress. */
export function goArguments(version: string): string[] {
  return [
    'install',
    '-v',
    '-mod=readonly',
    '-trimpath',
    `-ldflags=-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${version}`,
    'tool',
  ];
}

/**
 * Compiles into the existing directory `outDir`; the executable is then `<outDir>/temporal`.
 * The compiler writes every package to a pipe of ours, so it ends by itself when this process is killed.
 * @throws Error with the compiler's own words, also when Go is too old and may not fetch a newer one (GOTOOLCHAIN=local).
 */
export async function buildTemporal(o: {
  go: string;
  modDir: string;
  version: string;
  outDir: string;
  env: Env;
  say: (line: string) => void;
  progress: (p: Progress) => void;
}): Promise<void> {
  const env: Env = { ...o.env, CGO_ENABLED: '0', GOBIN: o.outDir, GOWORK: 'off', GO111MODULE: 'on' };
  // Go refuses GOBIN when it compiles for another system.
  delete env['GOOS'];
  delete env['GOARCH'];

  const child = spawn(o.go, goArguments(o.version), { cwd: o.modDir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const began = Date.now();
  let downloaded = 0;
  let compiled = 0;
  const words: string[] = [];

  const hear = (line: string): void => {
    if (line.startsWith('go: downloading ')) {
      downloaded += 1;
      o.progress({ step: 'go-modules', done: downloaded });
    } else if (isPackage(line)) {
      compiled += 1;
      o.progress({ step: 'build', done: compiled, total: Math.max(PACKAGES, compiled) });
    } else if (line.trim() !== '') {
      words.push(line.trimEnd());
      if (words.length > KEPT_LINES) words.shift();
    }
  };
  const ticker = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    o.say(
      compiled > 0
        ? `building Temporal: ${compiled} of about ${PACKAGES} packages, ${seconds} s`
        : `building Temporal: ${downloaded} modules fetched, ${seconds} s`,
    );
  }, SAY_EVERY_MS);

  try {
    await new Promise<void>((resolve, reject) => {
      let rest = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(hear);
      });
      child.on('error', (error) => reject(new Error(`${o.go} does not run (${error.message})`)));
      child.on('close', (code, signal) => {
        if (rest !== '') hear(rest);
        if (code === 0) resolve();
        else reject(new Error(`go ended with ${code ?? signal}: ${words.join('\n') || 'it gave no reason'}`));
      });
    });
  } finally {
    clearInterval(ticker);
  }
}

/** `-v` prints a bare import path per line ("go.temporal.io/server/common/log", "net/http"); everything else has spaces or a colon. */
function isPackage(line: string): boolean {
  return /^[\w.~/-]+$/.test(line);
}
