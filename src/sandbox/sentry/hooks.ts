import { createHmac, randomBytes } from 'node:crypto';
import { pythonJson } from './python-json';
import type { Json, SentryIssue } from '../records';
import { assigneeView, issueView, webUrl } from './views';
import type { World } from '../world';

const TIMEOUT = 1000;
const KEPT = 500;

/** Who did it, as a webhook says. */
export type Actor = { type: 'user' | 'application'; id: number | string; name: string };
export const SENTRY_ITSELF: Actor = { type: 'application', id: 'sentry', name: 'Sentry' };

type Delivery = {
  at: string;
  resource: string;
  action: string;
  issue: string;
  status: number | null;
  problem: string | null;
};

/**
 * Sends webhooks as Sentry does for an internal integration: signed over the exact bytes, one attempt, one second, redirects
 * not followed, and nothing again after a failure
 * (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/).
 */
export class Hooks {
  readonly deliveries: Delivery[] = [];
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly world: World) {}

  /** The integration's own doing comes back with the application as its actor. */
  get self(): Actor {
    return { type: 'application', id: this.world.meta.appUuid, name: 'Errand' };
  }

  send(resource: string, action: string, issue: string, data: Json, actor: Actor): Promise<Delivery> {
    const sending = this.deliver(resource, action, issue, data, actor);
    this.underWay.add(sending);
    void sending.finally(() => this.underWay.delete(sending));
    return sending;
  }

  /** `issue.*`: the group as it is now, with its links. */
  issue(action: string, issue: SentryIssue, actor: Actor, extra: Json = {}): Promise<Delivery> {
    const { world } = this;
    const links = {
      url: `${world.url}/api/0/organizations/${world.meta.org}/issues/${issue.id}/`,
      web_url: webUrl(world, issue.id),
      project_url: `${world.url}/organizations/${world.meta.org}/issues/?project=${issue.project}`,
    };
    return this.send('issue', action, issue.id, { ...extra, issue: { ...links, ...issueView(world, issue) } }, actor);
  }

  assigned(issue: SentryIssue, actor: Actor): Promise<Delivery> {
    const view = assigneeView(this.world, issue.assignedTo);
    return this.issue('assigned', issue, actor, view === null ? {} : { assignee: { ...view, id: Number(view.id) } });
  }

  async settle(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
  }

  private async deliver(resource: string, action: string, issue: string, data: Json, actor: Actor): Promise<Delivery> {
    const { webhookUrl, sentrySecret, installation } = this.world.meta;
    const delivery: Delivery = { at: new Date().toISOString(), resource, action, issue, status: null, problem: null };
    this.deliveries.push(delivery);
    if (this.deliveries.length > KEPT) this.deliveries.shift();
    if (webhookUrl === null) return Object.assign(delivery, { problem: 'no webhook URL is set' });
    const body = pythonJson({ action, installation: { uuid: installation }, data, actor });
    try {
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT),
        headers: {
          'content-type': 'application/json',
          'request-id': randomBytes(16).toString('hex'),
          'sentry-hook-resource': resource,
          'sentry-hook-timestamp': String(Math.floor(Date.now() / 1000)),
          'sentry-hook-signature': createHmac('sha256', sentrySecret).update(body, 'utf8').digest('hex'),
        },
      });
      await answer.arrayBuffer();
      return Object.assign(delivery, { status: answer.status });
    } catch (error) {
      return Object.assign(delivery, { problem: error instanceof Error ? error.message : String(error) });
    }
  }
}
