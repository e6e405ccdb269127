/**
 * What the cluster suite runs on and never gets by itself: Postgres, Temporal's server with its schema tool, and Temporal's command.
 * Run as a script before the build, so that what is missing is said at once.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { TEMPORAL_VERSION } from '../../src/temporal/server/executable/executable';

/** Of tools/temporal-server/go.mod and of the images in docker-compose.yml; a test compares them. */
export const SERVER_VERSION = '1.31.2';
/** Where Debian and Ubuntu put each version of Postgres. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';
const CACHE = join(homedir(), '.cache', 'errand');
const SERVER_DIR = join(CACHE, `temporal-server-${SERVER_VERSION}`);
/** Postgres refuses to run as root; its package makes this user. */
const POSTGRES_USER = 'postgres';

export type Needs = {
  initdb: string;
  postgres: string;
  pgIsReady: string;
  /** Whom Postgres runs as; undefined: as we do. */
  user?: { uid: number; gid: number };
  server: string;
  sqlTool: string;
  temporal: string;
};
type Env = Record<string, string | undefined>;

/** The command that builds the server and its schema tool, once, into {@link SERVER_DIR}. */
export const BUILD = `cd tools/temporal-server && CGO_ENABLED=0 GOWORK=off GOBIN=$HOME/.cache/errand/temporal-server-${SERVER_VERSION} go install -mod=readonly -trimpath -tags disable_grpc_modules "-ldflags=-s -w" tool`;

/**
 * Every executable, by POSTGRES_BIN_DIR, TEMPORAL_SERVER_BIN_DIR and TEMPORAL_CLI_PATH or where it usually is.
 * @throws Error that names each missing thing, where it was looked for, and the command that gets it
 */
export function findNeeds(env: Env = process.env, uid = process.getuid?.()): Needs {
  const missing: string[] = [];
  const find = (name: string, dirs: string[], get: string): string => {
    const found = dirs.map((dir) => join(dir, name)).find(runs);
    if (found === undefined) missing.push(`${name}, looked for in ${dirs.join(', ') || 'no place'}\n      ${get}`);
    return found ?? name;
  };
  const postgresDirs = env['POSTGRES_BIN_DIR'] ? [env['POSTGRES_BIN_DIR']] : [...debianPostgres(), ...path(env)];
  const getPostgres = 'apt-get install postgresql, or set POSTGRES_BIN_DIR to the folder that holds initdb';
  const serverDirs = [env['TEMPORAL_SERVER_BIN_DIR'] || SERVER_DIR];
  const getServer = `${BUILD}\n      or set TEMPORAL_SERVER_BIN_DIR to the folder that holds it`;
  const needs: Needs = {
    initdb: find('initdb', postgresDirs, getPostgres),
    postgres: find('postgres', postgresDirs, getPostgres),
    pgIsReady: find('pg_isready', postgresDirs, getPostgres),
    server: find('server', serverDirs, getServer),
    sqlTool: find('sql', serverDirs, getServer),
    temporal: findTemporal(env, missing),
  };
  if (uid === 0) needs.user = postgresUser(missing);
  if (missing.length > 0)
    throw new Error(
      `The cluster suite installs nothing by itself, and this is missing:\n${missing.map((m) => `  - ${m}\n`).join('')}See docs/developing/cluster-tests.md.`,
    );
  return needs;
}

function findTemporal(env: Env, missing: string[]): string {
  const inCache = [`temporal-${TEMPORAL_VERSION}`, 'temporal'].map((name) => join(CACHE, name));
  const places = env['TEMPORAL_CLI_PATH']
    ? [env['TEMPORAL_CLI_PATH']]
    : [...path(env).map((dir) => join(dir, 'temporal')), ...inCache];
  const found = places.find(runs);
  if (found === undefined)
    missing.push(
      `temporal, Temporal's command, looked for on PATH and in ${CACHE}\n      see docs/using/temporal-server.md; \`npm test\` or a first \`npm start\` makes it too`,
    );
  return found ?? 'temporal';
}

function postgresUser(missing: string[]): Needs['user'] {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, POSTGRES_USER], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    missing.push(
      `a user "${POSTGRES_USER}", because Postgres does not run as root\n      useradd --system ${POSTGRES_USER}, or run this as another user`,
    );
    return undefined;
  }
}

function debianPostgres(): string[] {
  try {
    // Newest first.
    const versions = readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(DEBIAN_POSTGRES, version, 'bin'));
  } catch {
    return [];
  }
}

function path(env: Env): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (require.main === module) {
  try {
    findNeeds();
  } catch (e) {
    process.stderr.write(`${e instanceof Error ? e.message : String(e)}\n`);
    process.exitCode = 1;
  }
}
