/** The start-up check of the Sentry token: whose it is and what it may see, with a remedy per finding. */
import { ErrandError, todoAtStart } from '../../errors';
import type { Finding } from '../finding';
import { asRecord, asText } from '../http/json';
import { PERMISSION, type SentryCall } from './call';

export type SentryCheck = {
  findings: Finding[];
  /** Slugs of the projects that the token sees; undefined when it may not list them. */
  projects?: string[];
};

/** 100 projects a page. */
const PROJECT_PAGES = 20;
/** What a personal token begins with (types/token.py); older ones begin with nothing that tells. */
const PERSONAL = 'sntryu_';

/**
 * Reads one page of the organisation's issues (`event:read`, the right that all work needs) and lists its projects
 * (`org:read`: the names that the rules are compared with). An outage is a warning: it is no mistake of the configuration.
 */
export async function checkSentry(call: SentryCall, token: string): Promise<SentryCheck> {
  const findings: Finding[] = [];
  try {
    const issues = await call.readPage(`${call.organization}/issues/`, { query: { limit: '1', query: '' } });
    const projects = await projectsOf(call, findings);
    if (!issues && projects === undefined) {
      findings.push({
        level: 'error',
        what: 'Sentry knows no such organisation, or hides it from this token (404).',
        todo: 'Set SENTRY_ORG to the slug in the address of your Sentry, SENTRY_BASE_URL to its origin.',
      });
    } else if (await isPersonal(call, token)) findings.push(PERSONAL_TOKEN);
    return { findings, projects };
  } catch (error) {
    if (!(error instanceof ErrandError)) throw error;
    const what = `SENTRY_AUTH_TOKEN: ${error.message}`;
    const todo = todoAtStart(error.entry);
    findings.push(
      error.entry.retry ? { level: 'warning', what, todo, unreachable: true } : { level: 'error', what, todo },
    );
    return { findings };
  }
}

const PERSONAL_TOKEN: Finding = {
  level: 'warning',
  what: 'SENTRY_AUTH_TOKEN is a personal token: it sees what that person sees, cannot link tasks to issues, and ends when they leave.',
  todo: 'Use a token of the internal integration (Settings → Developer Settings → your integration → Tokens).',
};

/**
 * `GET /api/0/` tells whose token it is (api/endpoints/index.py). An integration acts through a user of its own, who has no
 * address; where there is no such user, nothing is known.
 */
async function isPersonal({ read }: SentryCall, token: string): Promise<boolean> {
  if (/^sntry[a-z]_/.test(token)) return token.startsWith(PERSONAL);
  try {
    return asText(asRecord(asRecord((await read('/api/0/')).body)['user'])['email']) !== undefined;
  } catch (error) {
    if (error instanceof ErrandError) return false;
    throw error;
  }
}

async function projectsOf({ organization, readPage }: SentryCall, findings: Finding[]): Promise<string[] | undefined> {
  const slugs: string[] = [];
  try {
    let cursor: string | undefined;
    for (let page = 0; page < PROJECT_PAGES; page += 1) {
      const answer = await readPage(`${organization}/projects/`, {
        query: cursor === undefined ? {} : { cursor },
        needs: PERMISSION.organization,
      });
      if (!answer) return undefined;
      slugs.push(...answer.rows.flatMap((project) => asText(asRecord(project)['slug']) ?? []));
      cursor = answer.next;
      if (cursor === undefined) return slugs;
    }
    return slugs;
  } catch (error) {
    if (!(error instanceof ErrandError) || error.code !== 'sentry_forbidden') throw error;
    findings.push({
      level: 'warning',
      what: 'The Sentry token may not list projects, so their names in the rules are not checked.',
      todo: `Give the internal integration "${PERMISSION.organization}".`,
    });
    return undefined;
  }
}
