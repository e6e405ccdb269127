/** The check at the start. */
import { PROJECT } from './fake';
import { AsanaHarness } from './harness';

const t = new AsanaHarness();

describe('check', () => {
  it('is silent when all is well', async () => {
    const places = [{ workspace: 'Acme', project: 'Checkout bugs', section: 'Inbox', fields: ['Environment'] }];
    expect(await t.tracker.check(places, ['anna', 'piotr'])).toEqual([]);
  });

  it('lists every mistake with a remedy', async () => {
    const findings = await t.tracker.check(
      [
        { workspace: 'Acme', project: 'Nope' },
        { workspace: 'Acme', project: '99' },
        { workspace: 'Acme', project: PROJECT, section: 'Nope', fields: ['Nope'] },
      ],
      ['anna', 'ghost', 'nobody'],
    );
    expect(findings.map((one) => one.level)).toEqual(['error', 'error', 'warning', 'warning', 'warning', 'warning']);
    expect(findings.every((one) => one.todo !== '')).toBe(true);
    expect(findings[0]?.what).toContain('Checkout bugs');
  });

  it('tells a bad token from an outage', async () => {
    t.asana.fault = () => ({ status: 401, json: { errors: [{ message: 'Not Authorized' }] } });
    expect(await t.tracker.check([], [])).toMatchObject([{ level: 'error' }]);
    t.asana.fault = () => ({ status: 503, text: '' });
    expect(await t.tracker.check([], [])).toMatchObject([{ level: 'warning' }]);
  });
});
