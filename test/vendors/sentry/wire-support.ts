/** What Sentry sends, read as a snapshot: builders for tests of its wire forms. */
import { restToSnapshot, webhookToSnapshot, type WireContext } from '../../../src/vendors/sentry/wire/snapshot';
import { createTaskAt } from '../../../src/vendors/asana/hosts';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { delivery } from './webhook-fixtures';

export const NOW = '2026-01-02T03:04:05.006Z';
export const PEOPLE: Record<string, string> = {
  'john.doe@example.com': 'john',
  'person@example.com': 'anna',
  'user:7': 'piotr',
  Ola: 'ola',
};
export const ctx: WireContext = { org: 'acme', now: NOW, person: (who) => PEOPLE[who], taskAt: createTaskAt() };

export const webhook = (file: string): IssueSnapshot | undefined =>
  webhookToSnapshot(JSON.parse(delivery(file).raw.toString()), ctx);
export const rest = (
  issue: object = {},
  event?: object,
  external?: unknown,
  more: Partial<WireContext> = {},
): IssueSnapshot => {
  const snapshot = restToSnapshot({ id: '4711', title: 'T', status: 'unresolved', ...issue }, event, external, {
    ...ctx,
    ...more,
  });
  if (!snapshot) throw new Error('no snapshot');
  return snapshot;
};
export const frame = (n: number, more: object = {}): object => ({
  filename: `f${n}.ts`,
  lineno: n,
  function: `g${n}`,
  ...more,
});
export const thrown = (frames: object[]): object => ({ exception: { values: [{ stacktrace: { frames } }] } });
