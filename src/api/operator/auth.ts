/** Who may do what on the operators' listener: bearer tokens with one of three roles. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperatorToken, Role } from '../../config/operators';
import { TOKEN_MIN } from '../../config/weak';
import { EnvironmentError } from '../../errors';
import { send } from '../errors';

declare module 'fastify' {
  interface FastifyRequest {
    /** Name of the token that was accepted; empty where none is needed. On the operators' listener only. */
    by: string;
  }
}

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Where `up` keeps the token that it made; the command line reads it there. */
export function tokenFile(dataDir: string): string {
  return join(dataDir, 'operator-token');
}

/**
 * The tokens configured, or one admin token that is made once and kept, readable by its owner alone.
 * @throws EnvironmentError when somebody put a short one there
 */
export function operatorTokens(configured: OperatorToken[], dataDir: string): OperatorToken[] {
  if (configured.length > 0) return configured;
  const file = tokenFile(dataDir);
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (kept !== '' && kept.length < TOKEN_MIN)
    throw new EnvironmentError([
      `${file} holds a token of fewer than ${TOKEN_MIN} characters, which can be guessed: remove it, and one is made.`,
    ]);
  const token = kept || randomBytes(24).toString('base64url');
  if (!kept) writeFileSync(file, `${token}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return [{ name: 'local', role: 'admin', token }];
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Constant time over all tokens, so that neither length nor position can be measured. */
function identify(tokens: OperatorToken[], given: string): OperatorToken | undefined {
  const hash = digest(given);
  return tokens.reduce<OperatorToken | undefined>(
    (found, t) => (timingSafeEqual(digest(t.token), hash) ? t : found),
    undefined,
  );
}

/** An onRequest hook: 401 without a known token, 403 when its role is below `role`; otherwise `request.by` is its name. */
export function requireRole(tokens: OperatorToken[], role: Role) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const who = given === undefined ? undefined : identify(tokens, given);
    const why = given === undefined ? undefined : 'The one given is not known.';
    if (!who) return send(reply.header('www-authenticate', 'Bearer'), 'unauthorized', why);
    if (RANK[who.role] < RANK[role]) return send(reply, 'forbidden', `It is ${who.role}; ${role} is needed.`);
    request.by = who.name;
    return undefined;
  };
}
