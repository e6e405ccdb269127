/** What Sentry adds to the rules' form. */
import type { Piece } from '../../rules/piece';
import { name } from '../../rules/values';

export const SENTRY_PIECE: Piece = {
  name: 'sentry',
  person: name.optional().describe('E-mail address or user name in Sentry; default: the Asana or Calamari address.'),
};
