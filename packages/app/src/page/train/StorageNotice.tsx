import type { JSX } from "preact";
import { Notice } from "../controls/Notice.js";
import { bytesText } from "../controls/words.js";
import { useSession } from "../session/context.js";

/** Bytes below which a training is likely to find the storage full. */
const LOW = 200e6;

/** That the browser's storage is nearly full, before a training finds out. */
export function StorageNotice(): JSX.Element | null {
  const size = useSession().training.storage.value?.size;
  if (!size) return null;
  const { used, available } = size;
  if (available > LOW) return null;
  return (
    <Notice kind="warning" title="The storage of this browser is nearly full">
      <p>
        {bytesText(available)} are left, {bytesText(used)} are in use. Remove trainings that you no longer
        need below, or free space on the disk.
      </p>
    </Notice>
  );
}
