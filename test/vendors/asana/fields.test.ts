/** Values of custom fields, as Asana takes and as it shows them. */
import { fieldStanding, fieldValue } from '../../../src/vendors/asana/fields';
import type { CustomField } from '../../../src/vendors/asana/destinations';

const OPTIONS = [
  { gid: '1', name: 'Low' },
  { gid: '2', name: 'High' },
];
const field = (type: string, more: Partial<CustomField> = {}): CustomField => ({
  gid: '70',
  name: 'Field',
  type,
  options: OPTIONS,
  ...more,
});
const shown = (value: object): Record<string, unknown> => ({ custom_fields: [{ gid: '70', ...value }] });

it.each<[string, string, unknown]>([
  ['enum', 'high', '2'],
  ['enum', 'medium', undefined],
  ['multi_enum', 'low, High', ['1', '2']],
  ['multi_enum', 'low, medium', undefined],
  ['number', ' 12.5', 12.5],
  ['number', 'many', undefined],
  // The description says a string (OpenAPI, TaskRequest.custom_fields).
  ['date', '2026-11-22', '2026-11-22'],
  ['date', 'tomorrow', undefined],
  ['text', 'v1', 'v1'],
  ['people', 'anna', undefined],
])('a %s field takes %j as %j', (type, value, expected) => {
  expect(fieldValue(field(type), value)).toEqual(expected);
});

it.each<[string, CustomField, unknown, object, string]>([
  ['an option', field('enum'), '1', { enum_value: { gid: '1' } }, 'there'],
  ['another option', field('enum'), '1', { enum_value: { gid: '2' } }, 'other'],
  ['no option', field('enum'), '1', { enum_value: null }, 'missing'],
  ['no word of options', field('enum'), '1', {}, 'unknown'],
  ['all options and more', field('multi_enum'), ['1'], { multi_enum_values: [{ gid: '2' }, { gid: '1' }] }, 'there'],
  ['some options', field('multi_enum'), ['1', '2'], { multi_enum_values: [{ gid: '1' }] }, 'missing'],
  ['other options', field('multi_enum'), ['1'], { multi_enum_values: [{ gid: '2' }] }, 'other'],
  ['a number rounded up', field('number', { precision: 1 }), 1.25, { number_value: 1.3 }, 'there'],
  ['a number rounded down', field('number', { precision: 1 }), 1.25, { number_value: 1.2 }, 'there'],
  ['another number', field('number', { precision: 1 }), 1.25, { number_value: 1.1 }, 'other'],
  ['a percentage', field('number', { precision: 0, percent: true }), 0.254, { number_value: 0.25 }, 'there'],
  ['another percentage', field('number', { precision: 0, percent: true }), 0.254, { number_value: 0.3 }, 'other'],
  ['zero', field('number', { precision: 0 }), 0, { number_value: 0 }, 'there'],
  ['no number', field('number'), 1, { number_value: null }, 'missing'],
  ['a date', field('date'), '2026-11-22', { date_value: { date: '2026-11-22', date_time: null } }, 'there'],
  ['another date', field('date'), '2026-11-22', { date_value: { date: '2026-11-23' } }, 'other'],
  ['any text', field('text'), 'v1', { text_value: 'V 1' }, 'there'],
  ['no text', field('text'), 'v1', { text_value: '' }, 'missing'],
])('%s', (_, of, wanted, value, expected) => {
  expect(fieldStanding(of, wanted, shown(value))).toBe(expected);
});

it('a field that the task does not have at all is missing; a task that shows no fields does not tell', () => {
  expect(fieldStanding(field('text'), 'v1', { custom_fields: [] })).toBe('missing');
  expect(fieldStanding(field('text'), 'v1', {})).toBe('unknown');
});
