import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startMethodThread } from "../../packages/app/src/worker/denoising/startMethodThread.js";

/** The latest thread, which says nothing of itself. */
let thread: EventTarget;

class SilentWorker extends EventTarget {
  constructor() {
    super();
    thread = this;
  }
}

describe("a thread of the browser's", () => {
  const freed: (() => void)[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("Worker", SilentWorker);
    vi.stubGlobal("navigator", {
      locks: { request: (_name: string, work: () => void) => void freed.push(work) },
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("that never says a word has ended", () => {
    const ended = vi.fn();
    startMethodThread().on("exit", ended);
    vi.advanceTimersByTime(29_000);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("that has begun ends when its lock is free", () => {
    const ended = vi.fn();
    startMethodThread().on("exit", ended);
    thread.dispatchEvent(new Event("message"));
    vi.advanceTimersByTime(1e6);
    expect(ended).not.toHaveBeenCalled();
    freed.at(-1)!();
    expect(ended).toHaveBeenCalledOnce();
  });

  it("that fails is no mistake of the page", () => {
    const failed = vi.fn();
    startMethodThread().on("error", failed);
    const error = new Event("error", { cancelable: true });
    thread.dispatchEvent(error);
    expect(failed).toHaveBeenCalledOnce();
    expect(error.defaultPrevented).toBe(true);
  });
});
