/** What becomes of the task of a storm that is over. */
import { closeAt, detailsOfStorm, freshRecord, notClosed, stormView } from '../../../src/core/storm/storm';
import type { Instant } from '../../../src/core/refs';
import type { Storm, StormRecord } from '../../../src/core/storm/record';
import { later, T0 } from '../../support/records';

const PLACE = { tracker: 'asana', workspace: 'Acme', project: 'Errors' };

describe('a storm that is over, whose task cannot be completed', () => {
  const storm = (since: Instant): Storm => ({ since, heldAt: since, held: 0, destinations: [PLACE], shown: 'x' });
  const because = { code: 'asana_forbidden', message: 'Not allowed' };
  const HOUR = 3_600_000;

  test('is tried again in growing pauses; after ten refusals in a row a person is told to do it, for a week', () => {
    let record: StormRecord = { ...freshRecord(), closing: [storm(T0)] };
    let at = T0;
    const pauses: number[] = [];
    for (let tries = 1; tries < 10; tries += 1) {
      record = notClosed(record, T0, { at, ...because, refused: true }).record;
      const next = closeAt(record, record.closing[0] ?? storm(T0));
      pauses.push((next - Date.parse(at)) / 60_000);
      at = new Date(next).toISOString();
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    const { record: over, given } = notClosed(record, T0, { at, ...because, refused: true });
    expect(over.closing).toEqual([]);
    expect(given).toEqual({ since: T0, at, ...because, task: null });
    expect(stormView(over, 'shop', at).leftOpen).toEqual([given]);
    expect(detailsOfStorm(over, at)).toContain('could not be completed (`asana_forbidden`: Not allowed)');
    expect(stormView(over, 'shop', later(8 * 24 * HOUR, at)).leftOpen).toEqual([]);
  });

  test('is never given up for an outage, and waits for no longer than before', () => {
    let record: StormRecord = { ...freshRecord(), closing: [storm(T0)] };
    for (let tries = 1; tries < 50; tries += 1)
      record = notClosed(record, T0, {
        at: later(tries),
        code: 'asana_unavailable',
        message: '',
        refused: false,
      }).record;
    expect(record.closing.map((s) => closeAt(record, s))).toEqual([Date.parse(later(49)) + 60_000]);
  });

  test('stands in front of no other: that one may be written at once', () => {
    const second = storm(later(HOUR));
    const two: StormRecord = { ...freshRecord(), closing: [storm(T0), second] };
    const { record } = notClosed(two, T0, { at: later(2 * HOUR), ...because, refused: true });
    expect(record.closing.map((s) => closeAt(record, s))).toEqual([Date.parse(later(2 * HOUR)) + 60_000, 0]);
    expect(notClosed(record, later(1), { at: T0, ...because, refused: true }).record).toBe(record);
  });
});
