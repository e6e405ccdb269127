/** `.env` in the working directory: read by every command, told of in one line, refused as a whole when it has mistakes. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { EnvironmentError } from '../errors';
import { ENV_FILE, MARKS, NO_ENV_FILE } from './given';
import { LATER, SECRETS } from './schema';
import { ENVIRONMENT } from './variables';
import { WRITE_BY_OTHERS } from './weak';

/** A hundred times what .env.example has. */
const BYTES_MAX = 1024 * 1024;
/** What stands in it are secrets. */
const READ_BY_OTHERS = 0o004;
/** Names in one line of the terminal. */
const NAMED_MAX = 5;

/** It names a program that is run, and so could whoever got a folder with a file of that name to be our working directory. */
const NOT_FROM_A_FILE = 'TEMPORAL_CLI_PATH';
/** What a file may set: nothing that changes how programs run (PATH, NODE_OPTIONS, LD_PRELOAD …). */
const OURS =
  /^(SENTRY|ASANA|CALAMARI|SLACK|SELF_SENTRY|TELEGRAM|GITHUB|GITLAB|ICAL|OPERATOR|TLS|WORKER|ERRAND|TEMPORAL)_|^(PUBLIC_URL|PORT|HOST|DATA_DIR|RULES_DIR|MODE)$/;
/** docker-compose.yml reads these from the same file, see .env.example. */
const OF_COMPOSE = ['POSTGRES_PASSWORD', 'NUM_HISTORY_SHARDS'];
const known = new Set<string>([...ENVIRONMENT.map((v) => v.name), ...LATER, ...SECRETS.map((s) => `${s}_FILE`)]);
const isKnown = (name: string): boolean => known.has(name) || name.startsWith('TEMPORAL_');

/**
 * Sets in `env` what the file says and `env` does not. A `NAME_FILE` of `env` overrides a `NAME` of the file, and a `NAME`
 * a `NAME_FILE`.
 * @returns a line for the terminal; undefined where there is no file, or ERRAND_ENV_FILE=none
 * @throws EnvironmentError with everything that is wrong with the file, by line and name and never with a value
 */
export function readEnvFile(dir: string = process.cwd(), env: NodeJS.ProcessEnv = process.env): string | undefined {
  const wanted = env[ENV_FILE] ?? '';
  if (wanted === NO_ENV_FILE) return undefined;
  if (wanted !== '') throw new EnvironmentError([`${ENV_FILE} must be ${NO_ENV_FILE}, or unset.`]);
  const path = join(dir, '.env');
  const file = opened(path);
  if (file === undefined) return undefined;
  const { text, mode } = file;
  const mistakes = mistakesIn(text);
  if (mistakes.length > 0) throw new EnvironmentError(mistakes.map((m) => `${path}: ${m}.`));
  // The same that process.loadEnvFile reads by; it would set every name that stands there.
  const given = Object.entries(parseEnv(text)).filter((e): e is [string, string] => e[1] !== undefined && e[1] !== '');
  const before = { ...env };
  const taken = given.filter(([name]) => OURS.test(name) && name !== NOT_FROM_A_FILE && !MARKS.includes(name));
  for (const [name, value] of taken) if (!isSet(before, name)) env[name] = value;
  return words(
    path,
    mode,
    given.map(([name]) => name),
    taken.filter(([name]) => isSet(before, name)).length,
  );
}

/** Also empty: that is how one takes back what the file says. */
function isSet(env: NodeJS.ProcessEnv, name: string): boolean {
  if (env[name] !== undefined) return true;
  // An empty NAME_FILE says nothing of NAME, but an empty NAME is a secret that is not to be.
  if (name.endsWith('_FILE')) return env[name.slice(0, -'_FILE'.length)] !== undefined;
  return (env[`${name}_FILE`] ?? '') !== '';
}

function words(path: string, mode: number, names: string[], kept: number): string {
  const foreign = names.filter((n) => !OURS.test(n) && !OF_COMPOSE.includes(n));
  const marks = names.filter((n) => MARKS.includes(n));
  const odd = names.filter((n) => OURS.test(n) && !isKnown(n) && !MARKS.includes(n));
  return [
    `${path} is read; the environment wins${kept > 0 ? `, here for ${kept}` : ''}.`,
    (mode & READ_BY_OTHERS) !== 0 &&
      process.platform !== 'win32' &&
      `Every user of this machine can read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`,
    names.includes(NOT_FROM_A_FILE) &&
      `${NOT_FROM_A_FILE} in it is ignored, because it names a program: set it in the environment.`,
    marks.length > 0 && `Ignored, not allowed in a file: ${list(marks)}.`,
    foreign.length > 0 && `Ignored, not Errand's: ${list(foreign)}.`,
    odd.length > 0 && `Unknown to this version: ${list(odd)}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function list(names: string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** @returns undefined where there is none @throws EnvironmentError */
function opened(path: string): { text: string; mode: number } | undefined {
  const refuse = (why: string): never => {
    throw new EnvironmentError([`${path} ${why}. ${ENV_FILE}=${NO_ENV_FILE} starts without it.`]);
  };
  let fd: number;
  try {
    // Not waiting for whoever writes into a named pipe.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : refuse(`cannot be read (${code ?? String(e)})`);
  }
  try {
    // Of what is open: what has the name may be another by now.
    const { mode, uid, size } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) return refuse('is no file');
    if (process.platform !== 'win32') {
      if ((mode & WRITE_BY_OTHERS) !== 0)
        return refuse(
          `may be written by others (mode ${(mode & 0o777).toString(8)}), so it is not read: chmod 600 ${path}`,
        );
      if (uid !== 0 && uid !== process.getuid?.())
        return refuse(`belongs to another user (${uid}), who may write it, so it is not read`);
    }
    if (size > BYTES_MAX) return refuse(`has more than ${BYTES_MAX} bytes`);
    return { text: readFileSync(fd, 'utf8'), mode };
  } finally {
    closeSync(fd);
  }
}

/** What Node's reader would pass over or cut off without a word. */
export function mistakesIn(text: string): string[] {
  if (/[\0\uFFFD]/.test(text)) return ['it is no text in UTF-8'];
  if (text.startsWith('\uFEFF')) return ['it begins with a byte order mark: save it as UTF-8 without one'];
  const lines = text.split(/\r?\n/);
  const mistakes: string[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < lines.length; i += 1) {
    const line = (lines[i] ?? '').trim();
    const at = i + 1;
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value = ''] = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      mistakes.push(`line ${at} is neither NAME=value nor a comment`);
      continue;
    }
    const first = seen.get(name);
    if (first !== undefined) mistakes.push(`${name} is set twice, in lines ${first} and ${at}`);
    seen.set(name, at);
    const quote = /^["'`]/.exec(value)?.[0];
    if (quote === undefined) {
      if (/\S#/.test(value))
        mistakes.push(`line ${at}: ${name} would end before its "#", so put its value into quotes`);
      continue;
    }
    let rest = value.slice(1);
    while (!rest.includes(quote) && i + 1 < lines.length) rest = lines[(i += 1)] ?? '';
    if (!rest.includes(quote)) {
      mistakes.push(`line ${at}: the quote of ${name} is not closed`);
      // What follows was swallowed by it.
      i = at - 1;
    } else if (!/^\s*(#.*)?$/.test(rest.slice(rest.indexOf(quote) + 1)))
      mistakes.push(`line ${i + 1}: something stands behind the closing quote of ${name}`);
  }
  return mistakes;
}
