/** What Calamari adds to the rules' form. */
import type { Piece } from '../../rules/piece';
import { name } from '../../rules/values';

export const CALAMARI_PIECE: Piece = {
  name: 'calamari',
  person: name.optional().describe('E-mail address in Calamari; without it the person counts as available.'),
};
