import { randomBytes, randomUUID } from 'node:crypto';
import type { AsanaField, CalamariLimits, EnumOption, Meta, Plan } from './records';
import type { World } from './world';

export const WORKSPACE = '1100000000000001';
export const ERRORS = '1200000000000001';
export const CHECKOUT_BUGS = '1200000000000002';
export const BOT = '1000000000000001';
const FIRST_GID = 1_210_000_000_000_001;
const SECTIONS = ['Inbox', 'In progress', 'Done'];
const COLORS = ['red', 'orange', 'yellow', 'green', 'blue'];
const PEOPLE = [
  { name: 'Anna Nowak', email: 'anna@example.com', sentry: '1001', slack: 'U0ANNA' },
  { name: 'Piotr Zieliński', email: 'piotr@example.com', sentry: '1002', slack: 'U0PIOTR' },
  { name: 'Ewa Wójcik', email: 'ewa@example.com', sentry: '1003', slack: 'U0EWA' },
  { name: 'Olena Kovalenko', email: 'olena@example.com', sentry: '1004', slack: 'U0OLENA' },
];

/**
 * The general text of https://developers.calamari.io; Calamari's own shift-ctl keeps to the first two, a user met the last two
 * in 2026. The same page's line on 429 says 20, 1,500 and 10,000.
 */
const CALAMARI_LIMITS: CalamariLimits = { perSecond: 10, perHour: 720, perDay: 2_880 };

const token = (): string => randomBytes(24).toString('hex');

/** The secrets and counters of a new world. */
export function newMeta(org: string, plan: Plan, secret: string | undefined): Meta {
  return {
    org,
    orgs: [org],
    tokens: { sentry: token(), asana: `2/${token()}`, calamari: token(), slack: `xoxb-${token()}` },
    sentrySecret: secret ?? token(),
    installation: randomUUID(),
    appUuid: randomUUID(),
    webhookUrl: null,
    sentryLimits: true,
    calamariLimits: CALAMARI_LIMITS,
    plan,
    nextGid: FIRST_GID,
    nextNumber: 1,
  };
}

/** A project with its sections and the given custom fields. */
export function addProject(
  world: World,
  project: { gid: string; name: string; workspace: string; sections: string[]; fields: string[] },
): void {
  const createdAt = new Date().toISOString();
  const { gid, name, workspace, fields } = project;
  world.asana.projects.set(gid, { gid, name, workspace, fields, createdAt });
  for (const section of project.sections) {
    const id = world.gid();
    world.asana.sections.set(id, { gid: id, name: section, project: gid, createdAt });
  }
}

/** A custom field of the workspace. @returns its gid */
export function addField(
  world: World,
  field: { name: string; type: AsanaField['type']; options: string[]; precision?: number },
): string {
  const gid = world.gid();
  const { name, type, precision = 0 } = field;
  const options: EnumOption[] = field.options.map((option, i) => {
    const color = COLORS[i % COLORS.length] ?? 'none';
    return { gid: world.gid(), name: option, enabled: true, color };
  });
  world.asana.fields.set(gid, { gid, name, workspace: WORKSPACE, type, options, precision });
  return gid;
}

/** Fills an empty world with a small company: one Asana workspace, four people, a bot, one Sentry organisation. */
export function seed(world: World, meta: Meta): void {
  world.found(meta);
  world.asana.workspaces.set(WORKSPACE, { gid: WORKSPACE, name: 'Acme' });
  world.asana.users.set(BOT, { gid: BOT, name: 'Errand', email: 'errand-bot@example.com' });
  const fields = [
    addField(world, { name: 'Environment', type: 'enum', options: ['production', 'staging', 'development'] }),
    addField(world, { name: 'Severity', type: 'enum', options: ['fatal', 'error', 'warning', 'info'] }),
    addField(world, { name: 'Release', type: 'text', options: [] }),
  ];
  addProject(world, { gid: ERRORS, name: 'Errors', workspace: WORKSPACE, sections: SECTIONS, fields });
  addProject(world, { gid: CHECKOUT_BUGS, name: 'Checkout bugs', workspace: WORKSPACE, sections: SECTIONS, fields });
  PEOPLE.forEach(({ name, email, sentry, slack }, index) => {
    const gid = String(Number(BOT) + 1 + index);
    const [firstName = '', lastName = ''] = name.split(' ');
    world.asana.users.set(gid, { gid, name, email });
    world.sentry.members.set(sentry, { id: sentry, name, email });
    const id = world.number();
    world.calamari.employees.set(email, { id, email, firstName, lastName, timeZone: 'Europe/Warsaw' });
    world.slack.users.set(slack, { id: slack, name, email });
  });
  world.sentry.teams.set('2001', { id: '2001', slug: 'payments', name: 'Payments' });
  world.slack.channels.set('C0ERRORS', { id: 'C0ERRORS', name: 'errors', archived: false });
  world.slack.channels.set('C0GENERAL', { id: 'C0GENERAL', name: 'general', archived: false });
}
