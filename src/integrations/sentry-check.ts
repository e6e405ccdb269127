/** The start-up check of the Sentry token: what it may see, with a remedy per finding. */
import { ErrandError, todoAtStart } from '../errors';
import type { Finding } from './asana-check';
import { asList, asRecord, asText, nextCursor, type HttpAnswer } from './http';

export type SentryCheck = {
  findings: Finding[];
  /** Slugs of the projects that the token sees; undefined when it may not list them. */
  projects?: string[];
};
type Read = (path: string, query?: Record<string, string>) => Promise<HttpAnswer>;

/** 100 projects a page. */
const PROJECT_PAGES = 20;

/**
 * Reads one issue of the organisation (the right that all work needs) and lists its projects (the names that the rules
 * are compared with). An outage is a warning: it is no mistake of the configuration.
 */
export async function checkSentry(read: Read, organization: string): Promise<SentryCheck> {
  const findings: Finding[] = [];
  try {
    const issues = await read(`${organization}/issues/`, { limit: '1', query: '' });
    const projects = await projectsOf(read, organization, findings);
    if (issues.status === 404 && projects === undefined) {
      findings.push({
        level: 'error',
        what: 'Sentry knows no such organisation, or hides it from this token (404).',
        todo: 'Set SENTRY_ORG to the slug in the address of your Sentry, SENTRY_BASE_URL to its origin.',
      });
    }
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

async function projectsOf(read: Read, organization: string, findings: Finding[]): Promise<string[] | undefined> {
  const slugs: string[] = [];
  try {
    let cursor: string | undefined;
    for (let page = 0; page < PROJECT_PAGES; page += 1) {
      const answer = await read(`${organization}/projects/`, cursor === undefined ? {} : { cursor });
      if (answer.status === 404) return undefined;
      slugs.push(...asList(answer.body).flatMap((project) => asText(asRecord(project)['slug']) ?? []));
      cursor = nextCursor(answer);
      if (cursor === undefined) return slugs;
    }
    return slugs;
  } catch (error) {
    if (!(error instanceof ErrandError) || error.code !== 'sentry_forbidden') throw error;
    findings.push({
      level: 'warning',
      what: 'The Sentry token may not list projects, so their names in the rules are not checked.',
      todo: 'Give the internal integration "Project: Read".',
    });
    return undefined;
  }
}
