import Fastify from 'fastify';
import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import { asana } from './asana';
import { calamari } from './calamari';
import { mountControl } from './control';
import { Faults } from './faults';
import { RequestLog } from './log';
import { OWN_PROJECT, ownKey, ownSentry } from './sentry/own';
import { mountPages } from './pages';
import type { Plan } from './records';
import { newMeta, seed } from './seed';
import { sentry } from './sentry';
import { Hooks } from './sentry/hooks';
import { mount } from './serve';
import { slack } from './slack';
import { World } from './world';

const BODY_LIMIT = 20 * 1024 * 1024;

export type SandboxOptions = {
  /** Where to listen; 127.0.0.1 unless said otherwise. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  /** Where the worlds are kept; absent, they live in memory only. */
  dataDir?: string;
  /** The client secret that signs webhooks; absent, one is made and kept. */
  sentrySecret?: string;
  /** Where pretend Sentry sends its webhooks. */
  webhookUrl?: string;
  asanaPlan?: Plan;
  /** The slug of the Sentry organisation; `acme` unless said otherwise. */
  org?: string;
};

export type Sandbox = {
  url: string;
  sentryUrl: string;
  asanaUrl: string;
  calamariUrl: string;
  slackUrl: string;
  /** Of the project that Errand tells of its own failures. */
  selfSentryDsn: string;
  tokens: { sentry: string; asana: string; calamari: string; slack: string };
  sentrySecret: string;
  installation: string;
  close(): Promise<void>;
};

/**
 * Starts Sentry, Asana, Calamari and Slack as pretend vendors on one port: stateful, browsable, with their limits and errors,
 * and with faults on demand. Tokens and worlds stay the same across restarts on one `dataDir`.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const world = new World(options.dataDir);
  const wanted = (): void => {
    const { org, webhookUrl, sentrySecret, asanaPlan } = options;
    world.setMeta({
      ...(org === undefined ? {} : { org, orgs: [...new Set([...world.meta.orgs, org])] }),
      ...(webhookUrl === undefined ? {} : { webhookUrl }),
      ...(sentrySecret === undefined ? {} : { sentrySecret }),
      ...(asanaPlan === undefined ? {} : { plan: asanaPlan }),
    });
  };
  if (!world.seeded) seed(world, newMeta(options.org ?? 'acme', options.asanaPlan ?? 'paid', options.sentrySecret));
  wanted();
  const faults = new Faults();
  const log = new RequestLog();
  const hooks = new Hooks(world);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const served = { world, faults, log, stopped: stop.signal };
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2000 },
  });
  await mount(app, asana(world), served);
  await mount(app, sentry(world, hooks), served);
  await mount(app, calamari(world), served);
  await mount(app, slack(world), served);
  await mount(app, ownSentry(world), served);
  await mountControl(app, { world, hooks, faults, log, reset: () => reset(world, faults, log, wanted) });
  await mountPages(app, world);
  await app.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
  const { address, port, family } = app.server.address() as AddressInfo;
  const everywhere = address === '0.0.0.0' || address === '::';
  const shown = everywhere ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  world.url = `http://${shown}:${port}`;
  await world.commit();

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stop.abort();
    await app.close();
    await hooks.settle();
    await world.close();
  };
  const { meta, url } = world;
  return {
    url,
    sentryUrl: url,
    asanaUrl: `${url}/api/1.0`,
    calamariUrl: `${url}/calamari/api`,
    slackUrl: `${url}/slack/api`,
    selfSentryDsn: `${url.replace('//', `//${ownKey(world)}@`)}/own/${OWN_PROJECT}`,
    tokens: meta.tokens,
    sentrySecret: meta.sentrySecret,
    installation: meta.installation,
    close: () => (closing ??= close()),
  };
}

/** An empty world again, with the same tokens, secret and installation. */
function reset(world: World, faults: Faults, log: RequestLog, wanted: () => void): void {
  const { tokens, sentrySecret, installation, appUuid, webhookUrl, org, plan } = world.meta;
  world.clear();
  seed(world, { ...newMeta(org, plan, sentrySecret), tokens, installation, appUuid, webhookUrl });
  wanted();
  faults.clear();
  log.clear();
}
