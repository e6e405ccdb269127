/** Looks for Temporal with the options given as JSON and says what it hears, one line each. */
import { findOrMakeTemporal, type FindOptions } from '../../../../src/temporal/server/executable/executable';

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<FindOptions, 'say'>;
const say = (line: string) => process.stdout.write(`${line}\n`);
void findOrMakeTemporal({ ...options, say }).then(say, (error: Error) => say(error.message));
