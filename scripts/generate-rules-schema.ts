/** rules/rules.schema.json, made from the form in src/rules/schema.ts. */
import { jsonSchema } from '../src/rules/schema';

/** The text of the file, ending with a line end. */
export function rulesJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}
