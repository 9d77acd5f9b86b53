import { setTimeout as sleep } from "node:timers/promises";

/** The part of the expected time that is slept through. */
const share = 0.7;

const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes waiting for the device cheap, whoever waits. While a promise of Dawn's binding is pending, the binding polls on the main thread, which
 * takes a core from a software adapter. @clidim/tensor sleeps first, for most of the time that the same work took before, and then lets it poll slowly;
 * this gives the same to a process of anyone else's code. Work is known by the number of its submissions.
 *
 * @param {Record<string, Function>} classes the globals of Dawn's binding
 * @returns {{ forget(): void }} to be told when other work begins, or when what ran so far was slower than what follows
 */
export function waitPatiently({ GPUQueue, GPUBuffer }) {
  let submissions = 0;
  let since = 0;
  /** Milliseconds per submission, of the last few waits. */
  let known = [];

  const { submit } = GPUQueue.prototype;
  GPUQueue.prototype.submit = function (commands) {
    if (submissions++ === 0) since = performance.now();
    return submit.call(this, commands);
  };

  let waiting = 0;
  const sleepBefore = (owner, method) => {
    const wait = owner.prototype[method];
    owner.prototype[method] = async function (...args) {
      waiting++;
      const expected = known.length > 0 ? Math.min(...known) : 0;
      const remaining = since + share * submissions * expected - performance.now();
      if (remaining > 4) await sleep(remaining);
      const woken = performance.now();
      let pending = true;
      const rest = () => {
        if (!pending) return;
        Atomics.wait(nothing, 0, 0, Math.min(1, (performance.now() - woken) / 16));
        setImmediate(rest);
      };
      setImmediate(rest);
      const result = await wait.apply(this, args).finally(() => {
        pending = false;
      });
      const now = performance.now();
      // Done before the sleep was over: how long before is not known.
      const overslept = remaining > 4 && now - woken < 1;
      // The last one to be served has waited for all of the work.
      if (--waiting === 0 && submissions > 0) {
        known = overslept ? [share * expected] : [...known.slice(-2), (now - since) / submissions];
        submissions = 0;
      }
      return result;
    };
  };
  sleepBefore(GPUQueue, "onSubmittedWorkDone");
  sleepBefore(GPUBuffer, "mapAsync");
  return {
    forget() {
      known = [];
    },
  };
}
