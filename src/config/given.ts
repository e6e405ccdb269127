/**
 * What each process that `up` starts is given of the environment: what any program needs, and of Errand's variables those that
 * variables.ts lists for it. Everything else stays with `up`: neither a secret of Errand's nor one of somebody's shell goes where
 * nobody reads it. An `api` or `worker` of its own keeps to the same list.
 */
import { ENVIRONMENT, type Variable } from './variables';

/** `temporal`: the server, its supervisor, and what asks its executable; `go`: what builds that. */
export type Given = 'api' | 'worker' | 'sandbox' | 'temporal' | 'go';

/** Where things are and how they speak (environ(7), and what Windows keeps a program from starting without). */
const ANY = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TMP', 'TEMP', 'LANG', 'LANGUAGE', 'TZ', 'TZDIR', 'TERM'],
  ...['LD_LIBRARY_PATH', 'LD_PRELOAD', 'DYLD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'HOMEDRIVE', 'HOMEPATH'],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMDATA', 'PROGRAMFILES', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE'],
];
const ANY_PREFIX = /^(LC|XDG)_/;
/** How the network is reached; an address may carry a password, so only for those that call somebody outside. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
/** nodejs.org/api/cli.html; by name, since NODE_AUTH_TOKEN is npm's. */
const NODE = [
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_ENV', 'NODE_DEBUG', 'NODE_NO_WARNINGS', 'NODE_PENDING_DEPRECATION'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ...['NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE', 'NODE_ICU_DATA', 'UV_THREADPOOL_SIZE'],
];
/** pkg.go.dev/runtime, "Environment Variables". */
const GO_RUNTIME = ['GOGC', 'GOMEMLIMIT', 'GODEBUG', 'GOMAXPROCS', 'GOTRACEBACK'];
/** `go help environment`; by name, since GOOGLE_… begins alike. */
const GO_BUILD = [
  ...['GOROOT', 'GOPATH', 'GOCACHE', 'GOMODCACHE', 'GOTMPDIR', 'GOENV', 'GOFLAGS', 'GOTOOLCHAIN', 'GOPROXY', 'GOSUMDB'],
  ...['GONOSUMDB', 'GONOPROXY', 'GOPRIVATE', 'GOINSECURE', 'GOVCS', 'GOAUTH', 'GOAMD64', 'GOARM64', 'GOEXPERIMENT'],
  ...['CC', 'CXX', 'NETRC'],
];

/** Temporal's client is configured by all of them; the executable is for `up` alone. */
const TEMPORAL_CLIENT = /^TEMPORAL_(?!CLI_PATH$)/;
/** The mark of a child whose vendors are the sandbox. */
const SANDBOX_MARK = 'ERRAND_SANDBOX';
/** Names that `up` gives `api`: secrets that the worker has and `api` is not given. See {@link givenTo}. */
export const WORKER_HAS = 'ERRAND_WORKER_HAS';
/** `none`: no `.env` is read. */
export const ENV_FILE = 'ERRAND_ENV_FILE';
export const NO_ENV_FILE = 'none';
/** What `up` and its children tell each other: with one of them in a file, real vendors would pass for the sandbox, say. */
export const MARKS: readonly string[] = [SANDBOX_MARK, WORKER_HAS, ENV_FILE];

const isFor = (name: 'api' | 'worker') => (v: Variable) => v.to.includes(name);
const namesFor = (name: 'api' | 'worker'): string[] => ENVIRONMENT.filter(isFor(name)).map((v) => v.name);

const LISTS: Record<Given, { names: readonly string[]; also?: RegExp }> = {
  api: { names: [...PROXIES, ...NODE, ...namesFor('api'), SANDBOX_MARK], also: TEMPORAL_CLIENT },
  worker: { names: [...PROXIES, ...NODE, ...namesFor('worker'), SANDBOX_MARK], also: TEMPORAL_CLIENT },
  sandbox: { names: [...NODE, 'DATA_DIR'] },
  temporal: { names: GO_RUNTIME },
  go: { names: [...PROXIES, ...GO_RUNTIME, ...GO_BUILD] },
};

/**
 * @param env of `up`, with its secrets resolved
 * @returns the part of it for this process. `.env` was read by `up`: its children do not read it again.
 */
export function givenTo(process: Given, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { names, also } = LISTS[process];
  const wanted = new Set([...ANY, ...names]);
  // Windows and proxies write names in any case.
  const is = (name: string): boolean =>
    wanted.has(name.toUpperCase()) || ANY_PREFIX.test(name) || also?.test(name) === true;
  const given = Object.fromEntries(Object.entries(env).filter(([name]) => is(name)));
  if (process === 'api') given[WORKER_HAS] = workerHas(env).join(',');
  if (process === 'api' || process === 'worker' || process === 'sandbox') given[ENV_FILE] = NO_ENV_FILE;
  return given;
}

/**
 * Takes out of `env` what of Errand's variables is for others, and what names a file of theirs, before any is read: a process that
 * somebody starts alone may have got all of them, from its shell or from a `.env` that all share. What is nobody's stays.
 * @returns `env`
 */
export function keepOwn(role: 'api' | 'worker', env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  for (const { name, secret } of ENVIRONMENT.filter((v) => !isFor(role)(v))) {
    delete env[name];
    if (secret) delete env[`${name}_FILE`];
  }
  return env;
}

/** Whether a token is set shows in `/ready` and `/config`, which `api` answers without knowing it. */
function workerHas(env: NodeJS.ProcessEnv): string[] {
  const others = ENVIRONMENT.filter((v) => v.secret && isFor('worker')(v) && !isFor('api')(v));
  return others.map((v) => v.name).filter((name) => env[name] !== undefined && env[name].trim() !== '');
}
