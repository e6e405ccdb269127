/** What Asana adds to the rules' form. */
import { z } from 'zod';
import type { Piece } from '../../rules/piece';
import { name } from '../../rules/values';

export const ASANA_PIECE: Piece = {
  name: 'asana',
  person: name.describe('E-mail address or gid in Asana.'),
  place: z.strictObject({
    workspace: name.describe('Name or gid.'),
    project: name.describe('Name or gid.'),
    section: name.optional().describe('Name or gid; default: where Asana puts new tasks.'),
  }),
};
