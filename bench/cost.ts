/**
 * What one issue costs: Temporal actions, counted in real histories as Temporal Cloud bills them (actions.ts), and vendor
 * requests, counted by the pretend vendors. API, worker and vendors are processes of their own, with the example rules; the
 * one of an issue whose team takes turns, its turn included. The control of the actions is a bare workflow with one signal per
 * webhook and as many activities, counted by the same meter; that of the vendor requests is a worker's first issue.
 */
import { Meter, total, whereTheyGo, type Action } from './actions';
import { besideBare, type Bare } from './bare';
import { overADay } from './day';
import { median, type Figure, type Say } from './figures';
import { alertOf, rulesWith, UNVERIFIED } from './fixtures';
import { fire } from './http-load';
import { Installation, isLink, type Logged } from './installation';

/** At most, per issue; `repeated` per repeat. The example rules take turns, which is one of a created issue's. */
const AIM = { created: 10, verified: 2, repeated: 0.02, resolved: 5, asana: 3, sentry: 4 };
/** Each figure is the median of so many issues, one after another. */
const ISSUES = 5;
const REPEATS = 10_000;
/** The issue's count in Sentry grows with the burst, so that each of `commentAt` is seen on the way. */
const REPEATS_AT_ONCE = 200;
const PER_REPEAT = 'Temporal actions per repeat';
/** Enough to show one action a signal; ten thousand would take the server ten minutes. */
const BARE_REPEATS = 200;
const VERIFY_AFTER = '2s';
const VENDORS = ['asana', 'sentry', 'calamari', 'slack'];

/** What one phase of one issue took. */
type Spent = { actions: Action[]; requests: Logged[] };

export function cost(say: Say): Promise<Figure[]> {
  return besideBare(say, async (server, bare) => {
    const errand = await Installation.start({
      server,
      namespace: 'errand',
      rulesDir: rulesWith(`verifyAfter: ${VERIFY_AFTER}`),
      limits: 'in force',
    });
    await errand.startWorker();
    const figures = await new Bill(errand, bare, say).figures();
    await errand.stop();
    const perRepeat = figures.findIndex(({ name }) => name.startsWith(PER_REPEAT));
    const day = await overADay(say, server, figures[perRepeat]?.control ?? null);
    return figures.toSpliced(perRepeat + 1, 0, day);
  });
}

class Bill {
  private readonly meter: Meter;
  private readonly bareMeter: Meter;
  private lastId = 6_200_000_000;

  constructor(
    private readonly errand: Installation,
    private readonly bare: Bare,
    private readonly say: Say,
  ) {
    this.meter = new Meter(errand.client);
    this.bareMeter = new Meter(bare.client);
  }

  async figures(): Promise<Figure[]> {
    this.say('cost: a first issue, of which the worker knows nothing yet');
    const cold = await this.created(UNVERIFIED);
    const unverified = await this.each('created issues without a verification', () => this.created(UNVERIFIED));
    const verified = await this.each('created issues with a verification', () => this.created('shop'));
    const resolved: Spent[] = [];
    for (const { id } of verified) {
      this.say(`cost: resolved issues, ${resolved.length + 1} of ${ISSUES}`);
      resolved.push(await this.resolved(id));
    }
    const repeated = await this.repeated(unverified[0]?.id ?? '');
    return [
      await this.actionsFigure('created, its task verified five minutes later', verified, AIM.created + AIM.verified),
      await this.actionsFigure('created, without a verification', unverified, AIM.created),
      await this.repeatedFigure(repeated),
      await this.actionsFigure('resolved in Sentry', resolved, AIM.resolved),
      requestsFigure('asana', 'create', unverified, AIM.asana, cold),
      requestsFigure('sentry', 'create', unverified, AIM.sentry, cold),
      requestsFigure('asana', 'verify', beyond(verified, unverified, 'asana')),
      requestsFigure('sentry', 'verify', beyond(verified, unverified, 'sentry')),
      requestsFigure('asana', 'resolve', resolved),
      requestsFigure('sentry', 'resolve', resolved),
    ];
  }

  private async each<T>(what: string, one: () => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (let n = 1; n <= ISSUES; n += 1) {
      this.say(`cost: ${what}, ${n} of ${ISSUES}`);
      all.push(await one());
    }
    return all;
  }

  private async spent(id: string, act: () => Promise<unknown>, wanted: (r: Logged[]) => boolean): Promise<Spent> {
    await this.errand.clearRequests();
    await act();
    await this.errand.atRest(id, wanted);
    return { actions: await this.meter.since(), requests: await this.errand.requests() };
  }

  private async created(project: string): Promise<Spent & { id: string }> {
    const id = String((this.lastId += 1));
    const title = `TypeError: number ${id} broke`;
    const verifies = project !== UNVERIFIED;
    const raise = (): Promise<unknown> => this.errand.sandbox.raise({ id, title, project, release: 'shop@1.0.0' });
    const spent = await this.spent(id, raise, (r) => r.some(isLink) && (!verifies || r.some(isVerification)));
    return { ...spent, id };
  }

  private async resolved(id: string): Promise<Spent> {
    const { gid } = await this.errand.sandbox.onlyTaskOf(id);
    const completes = (r: Logged): boolean => r.method === 'PUT' && r.path.endsWith(`/tasks/${gid}`);
    return this.spent(
      id,
      () => this.errand.sandbox.act(id, 'resolve'),
      (requests) => requests.some(completes),
    );
  }

  /** Ten thousand alerts of one issue, signed, through the public route, as fast as they are answered. */
  private async repeated(id: string): Promise<Spent> {
    const { errand } = this;
    const port = Number(new URL(errand.url).port);
    const body = alertOf(id);
    const common = { port, path: '/webhooks/sentry', body, resource: 'event_alert', secret: errand.secret };
    const burst = async (): Promise<void> => {
      for (let sent = 0; sent < REPEATS; sent += REPEATS_AT_ONCE) {
        if (sent % 2_000 === 0)
          this.say(`cost: repeats, ${sent.toLocaleString('en')} of ${REPEATS.toLocaleString('en')}`);
        await errand.sandbox.act(id, 'event', { count: REPEATS_AT_ONCE, webhook: false });
        await fire({ ...common, requests: REPEATS_AT_ONCE });
      }
      this.say('cost: waiting until the last repeats are told');
    };
    const reads = (r: Logged): boolean => r.vendor === 'sentry' && r.path.endsWith(`/issues/${id}/`);
    return this.spent(id, burst, (requests) => requests.some(reads));
  }

  /** The same work without the product: a signal with its start, and as many activities. */
  private async bareCost(actions: Action[]): Promise<number> {
    const queues = actions.filter(({ what }) => what.startsWith('activity ')).map(() => 'errand');
    await this.bare.over(await this.bare.signalWithStart({ queues, signals: 1 }));
    return total(await this.bareMeter.since());
  }

  private async actionsFigure(what: string, issues: Spent[], aim: number): Promise<Figure> {
    const costs = issues.map(({ actions }) => total(actions));
    const typical = issues[costs.indexOf(median(costs))]?.actions ?? [];
    return {
      name: `Temporal actions per issue ${what}`,
      unit: 'actions',
      value: median(costs),
      control: { what: 'a bare workflow with as many activities', value: await this.bareCost(typical) },
      aim: { at: 'most', value: aim },
      details: { 'where they go': whereTheyGo(typical), 'issue by issue': costs.join(' ') },
    };
  }

  private async repeatedFigure({ actions, requests }: Spent): Promise<Figure> {
    const id = await this.bare.signalWithStart({ queues: [], signals: BARE_REPEATS });
    for (let n = 1; n < BARE_REPEATS; n += 1) await this.bare.client.workflow.getHandle(id).signal('hints', []);
    await this.bare.over(id);
    return {
      name: `${PER_REPEAT}, in a burst of ${REPEATS.toLocaleString('en')}`,
      unit: 'actions',
      value: total(actions) / REPEATS,
      control: { what: 'a signal per webhook', value: total(await this.bareMeter.since()) / BARE_REPEATS },
      aim: { at: 'most', value: AIM.repeated },
      details: {
        'in all': total(actions),
        'where they go': whereTheyGo(actions),
        'vendor requests in all': VENDORS.map((vendor) => `${vendor} ${of(requests, vendor)}`).join(', '),
      },
    };
  }
}

/** A look at the task by its number, as only `verifyTask` takes. */
function isVerification({ vendor, method, path }: Logged): boolean {
  return vendor === 'asana' && method === 'GET' && /\/tasks\/\d+$/.test(path);
}

function of(requests: Logged[], vendor: string): number {
  return requests.filter((r) => r.vendor === vendor).length;
}

/** What came after as many requests as it takes to create: those of the verification, which is the last to come. */
function beyond(verified: Spent[], unverified: Spent[], vendor: string): Spent[] {
  const creating = median(unverified.map(({ requests }) => of(requests, vendor)));
  return verified.map(({ actions, requests }) => ({
    actions,
    requests: requests.filter((r) => r.vendor === vendor).slice(creating),
  }));
}

function requestsFigure(vendor: string, to: string, issues: Spent[], aim?: number, cold?: Spent): Figure {
  const counts = issues.map(({ requests }) => of(requests, vendor));
  const typical = issues[counts.indexOf(median(counts))]?.requests ?? [];
  const lines = typical.filter((r) => r.vendor === vendor).map(({ method, path }) => `${method} ${short(path)}`);
  const name = vendor.slice(0, 1).toUpperCase() + vendor.slice(1);
  return {
    name: `${name} requests to ${to}`,
    unit: 'requests',
    value: median(counts),
    control: cold ? { what: "a worker's first issue, nothing remembered", value: of(cold.requests, vendor) } : null,
    aim: aim === undefined ? undefined : { at: 'most', value: aim },
    details: lines.length > 0 ? { which: lines.join(', ') } : undefined,
  };
}

/** Without what is the same in each, and without numbers. */
function short(path: string): string {
  return path.replace(/^\/api\/(1\.0|0\/organizations\/\w+|0)/, '').replace(/[0-9a-f-]{36}|\d{6,}/g, '…');
}
