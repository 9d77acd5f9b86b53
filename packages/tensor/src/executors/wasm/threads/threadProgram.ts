import { chunkBits, control, looks } from "./control.js";

/**
 * A thread's program, to which `listen(f)` gives messages. It is text, as a file of its own would have to be found beside this one in whatever a program is bundled to. A thread waits for jobs without
 * looking at its messages, and goes back to them when there is a job of a module that it does not know, which was sent before it. It looks at what a job is before it takes a chunk: the chunk is taken
 * only if no other job has come meanwhile, which `next` would show.
 */
export const threadProgram: string = `
let memory, jobs;
const modules = new Map();
const refuse = () => { throw new Error("a function of the host is not for threads"); };
function receive(message) {
  if (message.jobs) { ({ memory, jobs } = message); return; }
  const { load, drop, module, names, host } = message;
  if (load === undefined) { modules.delete(drop); return; }
  const imports = Object.fromEntries(host.map((name) => [name, refuse]));
  const { exports } = new WebAssembly.Instance(module, { host: { memory, ...imports } });
  modules.set(load, names.map((name) => exports[name]));
}
function knowsWhatToDo() {
  for (;;) {
    const next = Atomics.load(jobs, ${control.next});
    const chunk = next & ${2 ** chunkBits - 1};
    const chunks = jobs[${control.chunks}];
    if (chunk >= chunks) return true;
    const functions = modules.get(jobs[${control.module}]);
    const call = jobs[${control.function}];
    const addresses = jobs.slice(${control.addresses}, ${control.addresses} + jobs[${control.count}]);
    if (!functions) return false;
    if (Atomics.compareExchange(jobs, ${control.next}, next, next + 1) !== next) continue;
    try {
      functions[call](...addresses, chunk, chunks);
    } catch {
      Atomics.store(jobs, ${control.failed}, 1);
    }
    if (Atomics.add(jobs, ${control.done}, 1) + 1 === chunks) Atomics.notify(jobs, ${control.done});
  }
}
listen((message) => {
  receive(message);
  for (;;) {
    const seen = Atomics.load(jobs, ${control.wake});
    if (!knowsWhatToDo()) return;
    for (let look = 0; look < ${looks} && Atomics.load(jobs, ${control.wake}) === seen; look++);
    Atomics.wait(jobs, ${control.wake}, seen);
  }
});
`;
