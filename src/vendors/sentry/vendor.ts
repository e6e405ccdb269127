/** Sentry's line in the registry: a source. */
import { DEGRADED } from '../../config/env';
import { matchesGlob } from '../../rules/pattern';
import { personAt } from '../../rules/people';
import type { Rules } from '../../rules/load';
import type { Vendor } from '../vendor';
import type { Finding } from '../finding';
import { createSentry, type Sentry } from './client';

export const SENTRY: Vendor = {
  name: 'sentry',
  open({ config: { sentry }, rules, warn, share, watch, taskAt }) {
    const installation = sentry.installation !== undefined;
    if (!sentry.authToken)
      return {
        installation,
        check: () =>
          Promise.resolve([
            { level: 'warning', what: DEGRADED, todo: 'Set SENTRY_AUTH_TOKEN: see docs/using/configuration.md.' },
          ]),
      };
    const source = createSentry({
      baseUrl: sentry.baseUrl,
      token: sentry.authToken,
      org: sentry.org,
      person: (who) => personAt(rules(), 'sentry', who),
      taskAt,
      warn,
      share,
      watch: watch('sentry_unavailable'),
    });
    return { source, listed: source, installation, check: (now) => check(source, now) };
  },
};

async function check(sentry: Sentry, rules: Rules): Promise<Finding[]> {
  const { findings, projects } = await sentry.check();
  // A new organisation has no projects yet, and a catch-all is meant to wait for some.
  const named = projects && projects.length > 0 ? rules.projects.filter((p) => p.glob !== '*') : [];
  const unused = named.filter((p) => !projects?.some((slug) => matchesGlob(p.glob, slug)));
  return [
    ...findings,
    ...unused.map((p): Finding => ({
      level: 'warning',
      what: `No project of Sentry matches "${p.glob}" in the rules.`,
      todo: 'Correct the slug under `projects`, or take it out.',
    })),
  ];
}
