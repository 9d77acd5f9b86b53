import { expect, test } from "vitest";
import { Interruption, interruptible } from "../src/interruption.js";
import { captureTerminal } from "./capture.js";

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
      expect([early.signal.aborted, signal.aborted]).toEqual([true, false]);
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

test("a terminal that is closed stops the work once, however often it is said", async () => {
  const terminal = captureTerminal();
  const hangUp = (): boolean => process.emit("SIGHUP", "SIGHUP");
  const listening = process.listenerCount("SIGHUP");
  await interruptible(terminal, "saving", async (signal) => {
    // Under nohup, nobody listens.
    if (process.listenerCount("SIGHUP") === listening) return;
    hangUp();
    hangUp();
    expect(signal.reason).toBeInstanceOf(Interruption);
    expect(signal.reason.exitCode).toBe(129);
  });
  expect(process.listenerCount("SIGHUP")).toBe(listening);
});
