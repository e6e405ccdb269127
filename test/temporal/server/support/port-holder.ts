/** Claims a port, says so, and holds it until it is ended. */
import { PortClaims } from '../../../../src/temporal/server/port-claims';

void new PortClaims().take(Number(process.argv[2])).then((ours) => {
  process.stdout.write(`${ours}\n`);
  process.stdin.resume();
});
