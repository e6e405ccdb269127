/** What callers send, checked; and what is wrong with it in words that need no knowledge of the code. */
import type { z } from 'zod';
import { ErrandError } from '../../errors';
import { quote } from '../../rules/mistakes';

/** @throws ErrandError `invalid` that names every mistake, each behind the name of its field */
export function valid<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input, { error: words });
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((i) => [...i.path, i.message].join(': '));
  throw new ErrandError('invalid', `${mistakes.join('; ')}.`);
}

/** A schema's own words come first; these are for the rest. */
function words(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue.expected, issue.input);
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `${issue.keys.map(quote).join(' and ')} is not known here`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    default:
      return 'is not valid';
  }
}

const TYPES: Record<string, string> = {
  string: 'must be a text',
  number: 'must be a number',
  int: 'must be a whole number',
  object: 'the body must be a JSON object',
};

function typeWords(expected: string, input: unknown): string {
  if (input === undefined) return 'is missing';
  // `?state=open&state=new` is read as a list.
  if (Array.isArray(input) && expected !== 'object') return 'must be one value, not several';
  return TYPES[expected] ?? `must be ${expected}`;
}
