import { isatty } from "node:tty";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Interruption, interruptible } from "../src/interruption.js";
import { captureTerminal } from "./capture.js";

vi.mock("node:tty", async (importOriginal) => ({ ...(await importOriginal<object>()), isatty: vi.fn() }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const interrupt = (): boolean => process.emit("SIGINT", "SIGINT");

test("the first interruption aborts with what the process ends with", async () => {
  const terminal = captureTerminal();
  const reason = await interruptible(terminal, "nothing is kept", async (signal) => {
    interrupt();
    return signal.reason;
  });
  expect(reason).toBeInstanceOf(Interruption);
  expect(reason.exitCode).toBe(130);
  expect(terminal.printed.err).toMatch(/Stopping: nothing is kept \(once more to stop at once\)/);
});

test("work that can end early is what the first one ends, and the second one everything", async () => {
  const terminal = captureTerminal();
  await interruptible(
    terminal,
    "nothing is kept",
    async (signal, early) => {
      early.running(true);
      interrupt();
      interrupt();
      expect([early.signal.aborted, signal.aborted]).toEqual([true, false]);
      vi.advanceTimersByTime(1001);
      interrupt();
      expect(signal.aborted).toBe(true);
    },
    "Ending the training",
  );
  expect(terminal.printed.err).toMatch(
    /Ending the training \(once more to stop everything\)\n\nStopping: nothing is kept/,
  );
});

test("once that work is over, the first one ends everything", async () => {
  const terminal = captureTerminal();
  await interruptible(terminal, "nothing is kept", async (signal, early) => {
    early.running(true);
    early.running(false);
    interrupt();
    expect([early.signal.aborted, signal.aborted]).toEqual([false, true]);
  });
});

test("signals within a second are one request, a later one ends the process at once", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  await interruptible(captureTerminal(), "saving", async (signal) => {
    interrupt();
    interrupt();
    vi.advanceTimersByTime(999);
    process.emit("SIGTERM", "SIGTERM");
    expect(signal.reason.exitCode).toBe(130);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);
    process.emit("SIGTERM", "SIGTERM");
    expect(exit).toHaveBeenCalledExactlyOnceWith(143);
  });
  exit.mockRestore();
});

test.runIf(process.platform !== "win32")(
  "without a terminal nobody stops where one is closed; on Linux with one as the input, as before a pipe",
  async () => {
    const listening = process.listenerCount("SIGHUP");
    for (const input of [false, true]) {
      vi.mocked(isatty).mockReturnValue(input);
      await interruptible(captureTerminal(), "saving", async () => {
        const more = input && process.platform === "linux" ? 1 : 0;
        expect(process.listenerCount("SIGHUP")).toBe(listening + more);
      });
    }
  },
);

test("a terminal that is closed stops the work once, however often it is said", async () => {
  const terminal = captureTerminal(true);
  const hangUp = (): boolean => process.emit("SIGHUP", "SIGHUP");
  const listening = process.listenerCount("SIGHUP");
  await interruptible(terminal, "saving", async (signal) => {
    hangUp();
    vi.advanceTimersByTime(5000);
    hangUp();
    expect(signal.reason).toBeInstanceOf(Interruption);
    expect(signal.reason.exitCode).toBe(129);
  });
  expect(process.listenerCount("SIGHUP")).toBe(listening);
});
