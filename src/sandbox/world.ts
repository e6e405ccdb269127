import type * as records from './records';
import { Store } from './store';

/** The state of all pretend vendors, and of the project that Errand tells of its own failures. */
export class World {
  private readonly store: Store;
  private readonly metas;
  readonly asana;
  readonly sentry;
  readonly calamari;
  readonly slack;
  readonly own;
  /** Where this server is reached; set once it listens, so that links follow a changed port. */
  url = 'http://127.0.0.1';

  constructor(dataDir: string | undefined) {
    const store = new Store(dataDir);
    this.store = store;
    this.metas = store.table<records.Meta>('meta');
    this.asana = {
      users: store.table<records.AsanaUser>('asana-users'),
      workspaces: store.table<records.AsanaWorkspace>('asana-workspaces'),
      projects: store.table<records.AsanaProject>('asana-projects'),
      sections: store.table<records.AsanaSection>('asana-sections'),
      tags: store.table<records.AsanaTag>('asana-tags'),
      fields: store.table<records.AsanaField>('asana-fields'),
      tasks: store.table<records.AsanaTask>('asana-tasks'),
      stories: store.table<records.AsanaStory>('asana-stories', (story) => story.task),
    };
    this.sentry = {
      members: store.table<records.SentryMember>('sentry-members'),
      teams: store.table<records.SentryTeam>('sentry-teams'),
      projects: store.table<records.SentryProject>('sentry-projects'),
      releases: store.table<records.SentryRelease>('sentry-releases'),
      issues: store.table<records.SentryIssue>('sentry-issues', (issue) => issue.shortId),
      events: store.table<records.SentryEvent>('sentry-events', (event) => event.issue),
      links: store.table<records.SentryLink>('sentry-links', (link) => link.issue),
    };
    this.calamari = {
      employees: store.table<records.Employee>('calamari-employees'),
      absences: store.table<records.Absence>('calamari-absences'),
      holidays: store.table<records.Holiday>('calamari-holidays'),
    };
    this.slack = {
      users: store.table<records.SlackUser>('slack-users'),
      channels: store.table<records.SlackChannel>('slack-channels'),
      messages: store.table<records.SlackMessage>('slack-messages'),
    };
    this.own = { events: store.table<records.OwnEvent>('own-events') };
    store.load();
  }

  /** Whether an earlier run filled this world. */
  get seeded(): boolean {
    return this.metas.has('0');
  }

  get meta(): records.Meta {
    const meta = this.metas.get('0');
    if (meta === undefined) throw new Error('the sandbox world has not been seeded');
    return meta;
  }

  setMeta(change: Partial<records.Meta>): void {
    this.metas.set('0', { ...this.meta, ...change });
  }

  /** The first record of an empty world. */
  found(meta: records.Meta): void {
    this.metas.set('0', meta);
  }

  /** The next Asana gid: 16 digits, rising. */
  gid(): string {
    const next = this.meta.nextGid;
    this.setMeta({ nextGid: next + 1 });
    return String(next);
  }

  /** The next small number, for every id that is not an Asana gid. */
  number(): number {
    const next = this.meta.nextNumber;
    this.setMeta({ nextNumber: next + 1 });
    return next;
  }

  commit(): Promise<void> {
    return this.store.commit();
  }

  /** Everything without the tokens and secrets. */
  dump(): Record<string, unknown> {
    const { tokens: _tokens, sentrySecret: _secret, ...meta } = this.meta;
    return { ...this.store.dump(), meta };
  }

  clear(): void {
    this.store.clear();
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
