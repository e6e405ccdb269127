/** The value of one custom field: as Asana takes it, and as Asana shows it. */
import { truncate } from '../../text/scrub';
import type { Json } from './call';
import type { CustomField } from './destinations';
import { asList, asRecord, asText } from '../http/json';

/** How a task, as Asana shows it, stands to one detail. `other`: it has another one. `unknown`: the answer does not say. */
export type Standing = 'there' | 'missing' | 'other' | 'unknown';

/** A date, `YYYY-MM-DD`. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Asana's limit for text fields. */
const TEXT_MAX = 1_024;
/** Decimal places that Asana keeps at most (OpenAPI, CustomFieldBase.precision: "must be between 0 and 6"). */
const PRECISION_MAX = 6;
/** A percentage is a fraction that is shown a hundredfold, and its precision is that of what is shown (the same place). */
const PERCENT_PLACES = 2;
/** Binary fractions are not exact: by less than this share of the last place two numbers are still the same. */
const EXACTNESS = 1e-6;

/** What `opt_fields` has to name of the values on a task, so that {@link fieldStanding} can tell. */
export const VALUE_FIELDS = [
  'gid',
  'enum_value.gid',
  'multi_enum_values.gid',
  'number_value',
  'text_value',
  'date_value.date',
  'date_value.date_time',
].map((name) => `custom_fields.${name}`);

/**
 * The value of one custom field as POST and PUT take it (OpenAPI, TaskRequest.custom_fields): the gid of the option of this name,
 * a list of such gids, a number, a date as text, or text. undefined when it does not fit.
 */
export function fieldValue(field: CustomField, value: string): unknown {
  const option = (name: string): string | undefined =>
    (
      field.options.find((one) => one.name === name || one.gid === name) ??
      field.options.find((one) => one.name.trim().toLowerCase() === name.trim().toLowerCase())
    )?.gid;
  switch (field.type) {
    case 'enum':
      return option(value);
    case 'multi_enum': {
      const whole = option(value);
      const gids = whole ? [whole] : value.split(',').map((name) => option(name.trim()));
      return gids.includes(undefined) ? undefined : gids;
    }
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case 'date':
      return DATE.test(value) ? value : undefined;
    case 'text':
      return truncate(value, TEXT_MAX);
    default:
      return undefined;
  }
}

/** The other form of a date, in which Asana shows it; clients disagree on which one it takes. undefined for other values. */
export function dateObject(field: CustomField, value: unknown): Json | undefined {
  return field.type === 'date' && typeof value === 'string' ? { date: value } : undefined;
}

/**
 * @param wanted what {@link fieldValue} gave @param task as {@link VALUE_FIELDS} show it
 * @returns of text only whether there is any: Asana may write it its own way
 */
export function fieldStanding(field: CustomField, wanted: unknown, task: Json): Standing {
  const values = task['custom_fields'];
  if (!Array.isArray(values)) return 'unknown';
  const shown = values.map(asRecord).find((one) => asText(one['gid']) === field.gid);
  // The list holds every field that applies to the task, also those without a value.
  if (!shown) return 'missing';
  switch (field.type) {
    case 'enum':
      return byValue(shown, 'enum_value', (value) => asText(asRecord(value)['gid']) === wanted);
    case 'multi_enum':
      return optionsStanding(shown, asList(wanted));
    case 'number':
      return byValue(shown, 'number_value', (value) => isSameNumber(field, Number(value), Number(wanted)));
    case 'date':
      return byValue(shown, 'date_value', (value) => {
        const { date, date_time: time } = asRecord(value);
        return (asText(date) ?? asText(time)?.slice(0, 'YYYY-MM-DD'.length)) === wanted;
      });
    default:
      return byValue(shown, 'text_value', () => true);
  }
}

function byValue(shown: Json, name: string, fits: (value: unknown) => boolean): Standing {
  if (!(name in shown)) return 'unknown';
  const value = shown[name];
  if (value === null || value === '') return 'missing';
  return fits(value) ? 'there' : 'other';
}

/** Some of those that are wanted and no other: the rest is missing. One that is not wanted was chosen by a person. */
function optionsStanding(shown: Json, wanted: unknown[]): Standing {
  const list = shown['multi_enum_values'];
  if (!Array.isArray(list)) return 'unknown';
  const has = list.map((one) => asText(asRecord(one)['gid']));
  if (wanted.every((gid) => has.includes(gid as string))) return 'there';
  return has.every((gid) => wanted.includes(gid)) ? 'missing' : 'other';
}

/** Whether Asana's rounding can have made `has` of `wanted`, up or down at the half. */
function isSameNumber({ precision = PRECISION_MAX, percent }: CustomField, has: number, wanted: number): boolean {
  const places = percent === true ? precision + PERCENT_PLACES : precision;
  const unit = 10 ** -places;
  return Math.abs(has - wanted) <= unit / 2 + unit * EXACTNESS;
}
