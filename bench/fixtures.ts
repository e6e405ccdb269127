/** What the benchmarks of the cost send, and the rules that they run by. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDir } from '../test/support/run';
import { EVENT_MARK } from './http-load';

const ALERT = join(__dirname, '..', 'test', 'fixtures', 'sentry', 'event_alert.triggered.node-exception.json');
/** A project whose tasks are not verified, by a rule of its own. */
export const UNVERIFIED = 'unverified';

/** The example rules with these settings, and a project without verification. @returns a RULES_DIR */
export function rulesWith(settings: string): string {
  const dir = temporaryDir();
  cpSync(join(__dirname, '..', 'rules'), dir, { recursive: true });
  const file = join(dir, 'rules.yaml');
  const text = readFileSync(file, 'utf8').split(/^tests:$/m)[0] ?? '';
  const then = '{ assign: { team: web }, due: { workingDays: 3 }, verify: false }';
  const rule = `  - { id: unverified, when: { project: ${UNVERIFIED} }, then: ${then} }`;
  writeFileSync(file, text.replace(/^rules:$/m, `settings: { ${settings} }\nrules:\n${rule}`));
  return dir;
}

/** The body of an alert about this issue, with an event of its own in each request. */
export function alertOf(issue: string): string {
  const text = readFileSync(ALERT, 'utf8');
  const known = /"issue_url": ".*\/issues\/(\d+)\/"/.exec(text)?.[1];
  const event = /"event_id": "([0-9a-f]{32})"/.exec(text)?.[1];
  if (!known || !event) throw new Error(`${ALERT} names no issue or no event`);
  return JSON.stringify(JSON.parse(text.replaceAll(known, issue).replaceAll(event, EVENT_MARK)));
}
