/** The vendors' pieces of the rules' form, one line each, in the order in which editors show their keys. */
import { ASANA_PIECE } from './asana/rules';
import { CALAMARI_PIECE } from './calamari/rules';
import { SENTRY_PIECE } from './sentry/rules';
import { SLACK_PIECE } from './slack/rules';
import type { Piece } from '../rules/piece';

export const PIECES: readonly Piece[] = [ASANA_PIECE, CALAMARI_PIECE, SENTRY_PIECE, SLACK_PIECE];
