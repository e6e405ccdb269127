/** What Slack adds to the rules' form. */
import type { Piece } from '../../rules/piece';
import { name } from '../../rules/values';

export const SLACK_PIECE: Piece = { name: 'slack', person: name.optional().describe('Slack member id, for mentions.') };
