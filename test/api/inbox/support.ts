/** Hints, log entries and a temporary inbox for the tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflowIdOf } from '../../../src/contract';
import {
  type DeliveryLogEntry,
  type Done,
  type Inbox,
  type InboxOptions,
  openInbox,
} from '../../../src/api/inbox/inbox';
import { hintsOf, type Pending } from '../../../src/api/inbox/pending';
import type { Hint } from '../../../src/core/issue/hint';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';

export const AT = '2026-01-01T00:00:00.000Z';

export function seed(id: string, title = 'Broken'): IssueSnapshot {
  return {
    ref: { source: 'sentry', scope: 'acme', id },
    title,
    url: `https://sentry.io/organizations/acme/issues/${id}/`,
    project: 'shop',
    level: 'error',
    status: 'unresolved',
    events: 1,
    users: 0,
    firstSeen: AT,
    lastSeen: AT,
    readAt: AT,
    via: 'webhook',
    environments: [],
    tags: {},
    frames: [],
    assignee: null,
    owners: [],
    links: [],
  };
}

export function hint(delivery: string, id = '1', more: Partial<Hint> = {}): Hint {
  return {
    delivery,
    at: AT,
    about: { issue: { source: 'sentry', scope: 'acme', id } },
    urgent: false,
    what: 'event_alert.triggered',
    ...more,
  };
}

export function entry(id: string, more: Partial<DeliveryLogEntry> = {}): DeliveryLogEntry {
  return {
    id,
    at: AT,
    source: 'sentry',
    what: 'event_alert.triggered',
    understood: true,
    issue: 'sentry:acme:1',
    outcome: 'kept',
    ...more,
  };
}

/** Appends one hint as a delivery of its own; answers the delivery's id. */
export async function deliver(inbox: Inbox, issue = '1', more: Partial<Hint> = {}): Promise<string> {
  const id = inbox.newId();
  await inbox.append([hint(id, issue, more)], entry(id, { issue: `sentry:acme:${issue}` }));
  return id;
}

/** Everything that waits, as signals would carry it, in the order of first arrival. */
export function waiting(inbox: Inbox): Hint[] {
  const rows: Pending[] = [];
  for (let page = inbox.oldest(500); page.length > 0; page = inbox.oldest(500, page.at(-1)?.key)) rows.push(...page);
  return rows.flatMap(hintsOf);
}

/** All of it has arrived. */
export function sent({ ref, seq }: Pending): Done {
  return { id: workflowIdOf(ref), seq };
}

/** It was refused for good. */
export function refused(row: Pending, why: string): Done {
  return { ...sent(row), dead: { hints: hintsOf(row), why } };
}

/** A directory of its own per test, removed with everything opened in it. */
export class Room {
  readonly dir = mkdtempSync(join(tmpdir(), 'errand-inbox-'));
  private readonly opened: Inbox[] = [];

  open(o: InboxOptions = {}): Inbox {
    const inbox = openInbox(this.dir, o);
    this.opened.push(inbox);
    return inbox;
  }

  async reopen(inbox: Inbox, o: InboxOptions = {}): Promise<Inbox> {
    this.opened.splice(this.opened.indexOf(inbox), 1);
    await inbox.close();
    return this.open(o);
  }

  async clear(): Promise<void> {
    for (const inbox of this.opened.splice(0)) await inbox.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
