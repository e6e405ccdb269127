import { createServer, type AddressInfo } from 'node:net';
import { freePort } from '../../../src/temporal/server/ports';

describe('freePort', () => {
  it('gives the preferred port when it is free, and another one when it is taken or to be avoided', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const other = await freePort('127.0.0.1', port);
    expect(other).not.toBe(port);
    await new Promise((done) => server.close(done));
    expect(await freePort('127.0.0.1', port)).toBe(port);
    expect(await freePort('127.0.0.1', port, [port])).not.toBe(port);
  });

  it('fails when the host is not an address of this machine', async () => {
    // 192.0.2.0/24 is reserved for documentation (RFC 5737).
    await expect(freePort('192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
  });
});
