/** `OPERATOR_TOKENS`: who may ask the operators' listener for what. */
import { TOKEN_MIN } from './weak';

export type Role = 'viewer' | 'operator' | 'admin';
export type OperatorToken = { name: string; role: Role; token: string };

/**
 * `name:role:token`, with a comma between two; undefined and '' are none. What is wrong is added to `problems`, by the name of
 * its holder and never with the token.
 */
export function operatorTokensIn(raw: string | undefined, problems: string[]): OperatorToken[] {
  if (!raw) return [];
  const tokens = raw.split(',').flatMap((entry): OperatorToken[] => {
    const match = /^([\w.@-]+):(viewer|operator|admin):(\S+)$/.exec(entry.trim());
    return match ? [{ name: match[1] ?? '', role: match[2] as Role, token: match[3] ?? '' }] : [];
  });
  if (tokens.length < raw.split(',').length)
    problems.push(
      'OPERATOR_TOKENS must be name:role:token, with a comma between two; roles are viewer, operator, admin.',
    );
  if (new Set(tokens.map((t) => t.token)).size !== tokens.length)
    problems.push('OPERATOR_TOKENS: two entries have the same token.');
  // Whatever is done with either would be told of one person.
  for (const name of new Set(tokens.map((t) => t.name)))
    if (tokens.filter((t) => t.name === name).length > 1)
      problems.push(`OPERATOR_TOKENS: two entries have the name ${name}.`);
  for (const { name, token } of tokens)
    if (token.length < TOKEN_MIN)
      problems.push(
        `OPERATOR_TOKENS: the token of ${name} is shorter than ${TOKEN_MIN} characters and can be guessed.`,
      );
  return tokens;
}
