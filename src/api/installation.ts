/** Tells the feed which installation of the integration sends the deliveries: links to tasks are made with its uuid. */
import type { Log } from '../telemetry/log';

/** No feed runs yet, or Temporal is away. */
const AGAIN_MS = 30_000;

export type InstallationTeller = {
  /** Of a delivery whose signature fits. */
  heard: (uuid: string) => void;
  stop: () => void;
};

/** @param tell false: nobody took it. What is not taken is told again until it is; the feed keeps it, and this does not. */
export function createInstallationTeller(tell: (uuid: string) => Promise<boolean>, log: Log): InstallationTeller {
  let told: string | undefined;
  let wanted: string | undefined;
  let telling = false;
  let timer: NodeJS.Timeout | undefined;

  async function work(): Promise<void> {
    telling = true;
    clearTimeout(timer);
    while (wanted !== undefined && wanted !== told) {
      const uuid = wanted;
      const taken = await tell(uuid).catch(() => false);
      if (!taken) {
        timer = setTimeout(() => void work(), AGAIN_MS);
        timer.unref();
        break;
      }
      told = uuid;
      log.info({ installation: uuid }, 'tasks are linked in Sentry by this installation');
    }
    telling = false;
  }

  return {
    heard(uuid) {
      wanted = uuid;
      if (!telling && wanted !== told) void work();
    },
    stop: () => {
      wanted = undefined;
      clearTimeout(timer);
    },
  };
}
