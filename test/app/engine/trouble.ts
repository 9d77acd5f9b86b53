/** What can befall a worker: the browser's storage is full, or has room again. */
export type Trouble = "full" | "room";

/** Put in front of the worker's own script, makes trouble where a page asks for it through the channel "trouble". */
export const troublesome = `
{
  let full = false;
  const { write } = FileSystemSyncAccessHandle.prototype;
  FileSystemSyncAccessHandle.prototype.write = function (...given) {
    if (full) throw new DOMException("The storage is full.", "QuotaExceededError");
    return write.apply(this, given);
  };
  new BroadcastChannel("trouble").onmessage = ({ data }) => {
    full = data === "full";
  };
}
`;
