/** Records are found by their group as they are by a look at all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '../../src/sandbox/store';

type Row = { id: string; of: string };

const dir = mkdtempSync(join(tmpdir(), 'errand-store-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('a record that is made, moved, deleted or read from disk is in the group that it names', async () => {
  const store = new Store(dir);
  const rows = store.table<Row>('rows', (row) => row.of);
  const put = (id: string, of: string) => rows.set(id, { id, of });
  put('1', 'a');
  put('2', 'a');
  put('3', 'b');
  expect(rows.of('a').map(({ id }) => id)).toEqual(['1', '2']);
  put('2', 'b');
  put('1', 'a');
  rows.delete('3');
  expect([rows.of('a'), rows.of('b'), rows.of('c')]).toEqual([[{ id: '1', of: 'a' }], [{ id: '2', of: 'b' }], []]);
  await store.close();

  const again = new Store(dir);
  const read = again.table<Row>('rows', (row) => row.of);
  again.load();
  expect([read.of('a'), read.of('b')]).toEqual([[{ id: '1', of: 'a' }], [{ id: '2', of: 'b' }]]);
  again.clear();
  expect([read.of('a'), read.all()]).toEqual([[], []]);
  await again.close();
});
