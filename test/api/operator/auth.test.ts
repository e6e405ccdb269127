/** What each role of a token may do on the operators' listener. */
import fastify from 'fastify';
import { requireRole } from '../../../src/api/operator/auth';
import type { OperatorToken } from '../../../src/config/operators';

const ROLES = ['viewer', 'operator', 'admin'] as const;
const TOKENS = ROLES.map((role): OperatorToken => ({ name: role, role, token: `the-token-of-a-${role}` }));

test.each([
  ['viewer', [200, 403, 403]],
  ['operator', [200, 200, 403]],
  ['admin', [200, 200, 200]],
])('a token of a %s may do what its role and those below it may, and is refused the rest', async (role, allowed) => {
  const app = fastify();
  for (const needed of ROLES) app.get(`/${needed}`, { onRequest: requireRole(TOKENS, needed) }, ({ by }) => ({ by }));
  const headers = { authorization: `Bearer the-token-of-a-${role}` };
  const answers = await Promise.all(ROLES.map((needed) => app.inject({ url: `/${needed}`, headers })));
  await app.close();
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(allowed);
});
