/** What can befall a worker: the browser takes the GPU away, ends it without a word, or its threads for methods without training, its storage is full, or has room again. */
export type Trouble = "lose the device" | "end" | "end threads" | "full" | "room";

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
    const thread = self.name.startsWith("clidim-thread");
    if (data === "lose the device") device?.destroy();
    else if (data === "end" || (data === "end threads" && thread)) close();
    else full = data === "full";
  };
}
`;
