/** Rules from text, and issues, for the tests of this folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Abilities } from '../../src/core/issue/settings';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import { formatMistake, loadRules, type Rules } from '../../src/rules/load';

export const CAN: Abilities = { write: true, source: true, installation: true, chat: true };
export const AT = '2026-08-14T08:00:00.000Z';

/** Runs `use` in a new folder with these files; the folder is gone afterwards. */
export async function inFolder<T>(
  files: Record<string, string | Buffer>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'errand-rules-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Every mistake in one `rules.yaml`, as printed. */
export async function mistakesIn(text: string | Buffer, file = 'rules.yaml'): Promise<string[]> {
  return inFolder({ [file]: text }, async (dir) => {
    const loaded = await loadRules(dir);
    return 'rules' in loaded ? [] : loaded.mistakes.map(formatMistake);
  });
}

/** The rules of these files, which must be without a mistake. */
export async function rulesOf(files: Record<string, string>): Promise<Rules> {
  return inFolder(files, async (dir) => {
    const loaded = await loadRules(dir);
    if ('mistakes' in loaded) throw new Error(loaded.mistakes.map(formatMistake).join('\n'));
    return loaded.rules;
  });
}

/** People, teams and one project; rules are to be added. */
export const BASE = `version: 1
timezone: Europe/Warsaw
people:
  anna: { asana: anna@example.com, calamari: anna@example.com, sentry: anna@example.com }
  piotr: { asana: piotr@example.com, calamari: piotr@example.com }
  ewa: { asana: ewa@example.com }
  olena: { asana: olena@example.com, timezone: Europe/Kyiv }
teams:
  core: { members: [anna, piotr], lead: olena }
  turns: { members: [anna, piotr, ewa], rotation: roundRobin }
projects:
  "*": { asana: { workspace: Acme, project: Errors } }
`;
export const CATCH_ALL = '  - { id: rest, when: any, then: { assign: { team: core } } }\n';

/** Rules with BASE around them; a catch-all is put last. */
export function withRules(rules: string): Promise<Rules> {
  return rulesOf({ 'rules.yaml': `${BASE}rules:\n${rules}${CATCH_ALL}` });
}

/** An issue with a few values; the rest as Sentry's commonest. */
export function issue(values: Partial<IssueSnapshot> = {}): IssueSnapshot {
  return {
    ref: { source: 'sentry', scope: 'acme', id: '4711' },
    title: 'TypeError: basket is undefined',
    url: 'https://acme.sentry.io/issues/4711/',
    project: 'web',
    level: 'error',
    status: 'unresolved',
    events: 1,
    users: 1,
    firstSeen: AT,
    lastSeen: AT,
    readAt: AT,
    via: 'api',
    environments: ['production'],
    tags: {},
    frames: [],
    assignee: null,
    owners: [],
    links: [],
    ...values,
  };
}
