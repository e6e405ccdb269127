/** Issues whose webhooks a test sends by itself. */
import { fixture, type App } from './app';

/** @returns an issue in pretend Sentry, of which no webhook told, and the body of that webhook */
export async function raiseSilently(app: App, title: string): Promise<{ id: string; body: string }> {
  const { id } = await app.sandbox.raise({ title, platform: 'python', webhook: false });
  const payload = JSON.parse(fixture('issue.created.python-exception')) as { data: { issue: { id: string } } };
  payload.data.issue.id = id;
  return { id, body: JSON.stringify(payload) };
}
