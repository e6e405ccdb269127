/** Tells the feed which installation of the integration sends the deliveries: links to tasks are made with its uuid. */
import { steady } from '../../process/clock';
import type { Log } from '../../telemetry/log';

/** No feed runs yet, or Temporal is away. */
const AGAIN_MS = 30_000;
/** A feed that begins anew has forgotten it, and links wait for it; a signal in ten minutes costs little. */
const BELIEVED_MS = 10 * 60_000;

export type InstallationTeller = {
  /** Of a delivery whose signature fits. */
  heard: (uuid: string) => void;
  stop: () => void;
};

/**
 * @param tell false: nobody took it. What is not taken is told again until it is; the feed keeps it, and this does not. What was taken is
 * told again with the first delivery ten minutes later.
 * @param now ms of a clock that nobody sets
 */
export function createInstallationTeller(
  tell: (uuid: string) => Promise<boolean>,
  log: Log,
  now: () => number = steady,
): InstallationTeller {
  let told: { uuid: string; at: number } | undefined;
  let wanted: string | undefined;
  let telling = false;
  let timer: NodeJS.Timeout | undefined;

  /** What is wanted, unless it was told a moment ago. */
  const pending = (): string | undefined =>
    wanted !== told?.uuid || now() - (told?.at ?? 0) > BELIEVED_MS ? wanted : undefined;

  async function work(): Promise<void> {
    telling = true;
    clearTimeout(timer);
    for (let uuid = pending(); uuid !== undefined; uuid = pending()) {
      const taken = await tell(uuid).catch(() => false);
      if (!taken) {
        timer = setTimeout(() => void work(), AGAIN_MS);
        timer.unref();
        break;
      }
      if (told?.uuid !== uuid) log.info({ installation: uuid }, 'tasks are linked in Sentry by this installation');
      told = { uuid, at: now() };
    }
    telling = false;
  }

  return {
    heard(uuid) {
      wanted = uuid;
      if (!telling && pending() !== undefined) void work();
    },
    stop: () => {
      wanted = undefined;
      clearTimeout(timer);
    },
  };
}
