/**
 * Durable answers of the whole listener beside a Flask route that stores nothing, and the first answers after a start. Each listener is
 * a process of its own, under the same driver: a connection for each webhook, as Sentry makes it, and as Flask's server wants it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { temporaryDir } from '../test/support/run';
import { median, ratioOf, type Figure, type Say } from './figures';
import type { Answers } from './http-load';

/** Of Flask's rate, and of Sentry's patience in ms. */
const AIM = { ratio: 4, firstMs: 1_000 };
const ROUNDS = 5;
/** A Flask route takes some 500 to 1,500 a second. */
const REQUESTS = 5_000;
const WARM_UP = 1_000;
/** As in the burst in which two seconds were seen. */
const FIRST_SENDERS = 64;
const STARTS = 5;
const FLASK = join(__dirname, 'flask-receiver.py');
const LISTENER = join(__dirname, 'listener.ts');

/** Sends so many webhooks to this port. */
export type Load = (port: number, requests: number, connect: 'each') => Promise<Answers>;
type Child = { port: number; stop: () => Promise<void> };

async function start(command: string, args: string[]): Promise<Child> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let out = '';
  for await (const piece of child.stdout) {
    out += String(piece);
    if (out.includes('\n')) break;
  }
  const port = Number(out.trim());
  if (!port) throw new Error(`${command} ${args[0] ?? ''} did not begin to listen`);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { port, stop };
}

const errand = (secret: string): Promise<Child> =>
  start(process.execPath, ['--import', 'tsx', LISTENER, secret, temporaryDir()]);

/** @returns undefined where python3 or Flask is not installed */
function flaskVersion(): string | undefined {
  const ask = 'import sys, importlib.metadata as m; print(m.version("flask"), "on Python", sys.version.split()[0])';
  const { status, stdout } = spawnSync('python3', ['-c', ask], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

export async function besideFlask(load: Load, secret: string, say: Say): Promise<Figure[]> {
  const first = await firstAnswers(load, secret, say);
  const version = flaskVersion();
  if (version === undefined) {
    say('ack: no Flask here (python3 -m pip install flask); that comparison is left out');
    return [first];
  }
  const own = await errand(secret);
  const flask = await start('python3', [FLASK, secret]);
  for (const { port } of [own, flask]) await load(port, WARM_UP, 'each');
  const rounds: { own: Answers; flask: Answers }[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    say(`ack, beside Flask: round ${n + 1} of ${ROUNDS}`);
    const ownFirst = n % 2 === 0 ? await load(own.port, REQUESTS, 'each') : undefined;
    const flaskAnswers = await load(flask.port, REQUESTS, 'each');
    rounds.push({ own: ownFirst ?? (await load(own.port, REQUESTS, 'each')), flask: flaskAnswers });
  }
  await own.stop();
  await flask.stop();
  const times = (of: 'own' | 'flask'): string =>
    `p50 ${median(rounds.map((r) => r[of].p50)).toFixed(1)} ms, p99 ${median(rounds.map((r) => r[of].p99)).toFixed(1)} ms`;
  return [
    first,
    {
      name: 'durable answers, whole, beside Flask',
      unit: '/s',
      value: median(rounds.map((r) => r.own.perSecond)),
      control: {
        what: `Flask ${version}, werkzeug with a thread per connection: checks the signature, puts the body into a queue in memory`,
        value: median(rounds.map((r) => r.flask.perSecond)),
      },
      ratio: ratioOf(rounds.map((r) => r.own.perSecond / r.flask.perSecond)),
      aim: { at: 'least', value: AIM.ratio },
      // What a machine has of Python differs more than what it has of us.
      binding: false,
      details: { Errand: times('own'), Flask: times('flask') },
    },
  ];
}

async function firstAnswers(load: Load, secret: string, say: Say): Promise<Figure> {
  const slowest: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    say(`ack, first answers: start ${n + 1} of ${STARTS}`);
    const own = await errand(secret);
    slowest.push((await load(own.port, FIRST_SENDERS, 'each')).max);
    await own.stop();
  }
  return {
    name: `the slowest of the first ${FIRST_SENDERS} answers after a start, all asked for at once`,
    unit: 'ms',
    value: Math.max(...slowest),
    control: null,
    aim: { at: 'most', value: AIM.firstMs },
    details: { 'start by start': slowest.map((ms) => ms.toFixed(0)).join(' ') },
  };
}
