import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Notice } from "../controls/Notice.js";

/** What Chromium says of the battery; not in the types of the DOM, nor in other browsers. */
interface Battery extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}

/** That the machine runs on its battery, while something long does. Where the browser does not say, nothing. */
export function BatteryNotice(): JSX.Element | null {
  const level = useSignal<number | undefined>(undefined);
  useEffect(() => {
    const { getBattery } = navigator as { getBattery?: () => Promise<Battery> }; // see Battery
    let stop = (): void => undefined;
    let mounted = true;
    const follow = (battery: Battery): void => {
      if (!mounted) return;
      const update = (): void => {
        level.value = battery.charging ? undefined : battery.level;
      };
      update();
      const names = ["chargingchange", "levelchange"];
      for (const name of names) battery.addEventListener(name, update);
      stop = () => {
        for (const name of names) battery.removeEventListener(name, update);
      };
    };
    getBattery?.call(navigator).then(follow, () => undefined);
    return () => {
      mounted = false;
      stop();
    };
  }, [level]);
  if (level.value === undefined) return null;
  return (
    <Notice kind="warning">
      <p>
        On battery, {Math.round(100 * level.value)} % left. Plug the machine in, or pause: the run is kept.
      </p>
    </Notice>
  );
}
