/** What can befall a worker: the browser takes the GPU away, ends it without a word, its storage is full, or has room again. */
export type Trouble = "lose the device" | "end" | "full" | "room";

/** Put in front of the worker's own script, makes trouble where a page asks for it through the channel "trouble". */
export const troublesome = `
{
  let device;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...asked) {
    device = await requestDevice.apply(this, asked);
    return device;
  };
  let full = false;
  const { write } = FileSystemSyncAccessHandle.prototype;
  FileSystemSyncAccessHandle.prototype.write = function (...given) {
    if (full) throw new DOMException("The storage is full.", "QuotaExceededError");
    return write.apply(this, given);
  };
  new BroadcastChannel("trouble").onmessage = ({ data }) => {
    if (data === "lose the device") device.destroy();
    else if (data === "end") close();
    else full = data === "full";
  };
}
`;
