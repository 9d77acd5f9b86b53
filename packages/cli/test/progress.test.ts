import { expect, test, vi } from "vitest";
import { startProgress } from "../src/progress.js";
import { captureTerminal } from "./capture.js";

test("without a terminal there are plain lines, one in ten seconds and the important ones", () => {
  const clock = vi.spyOn(performance, "now");
  const terminal = captureTerminal();
  const progress = startProgress(terminal, "update", 100);
  const at = (seconds: number, done: number, important = false): void => {
    clock.mockReturnValue(1000 * seconds);
    progress.update(done, `after ${seconds} s`, important);
  };
  at(0, 1);
  at(5, 10);
  at(6, 20, true);
  at(15, 30);
  at(17, 40);
  progress.line("A note.");
  progress.stop();
  clock.mockRestore();
  expect(terminal.printed.err.split("\n")).toEqual([
    "update 1/100 after 0 s",
    "update 20/100 after 6 s",
    "update 40/100 after 17 s",
    "A note.",
    "",
  ]);
});

test("on a terminal there is a bar, and lines stand above it", () => {
  const terminal = captureTerminal(true);
  const progress = startProgress(terminal, "page", 4, 1);
  progress.update(2, "a.tif");
  progress.line("A note.");
  progress.update(4, "b.tif");
  progress.stop();
  const { err } = terminal.printed;
  expect(err).toMatch(/█+░+ page 1\/4/);
  expect(err).toMatch(/A note\.\n[\s\S]*█+░+ page 2\/4/);
  expect(err).toMatch(/█{24} page 4\/4 b\.tif/);
});

test("where the process ends in between, the terminal gets back its cursor and breaks lines again", () => {
  const terminal = captureTerminal(true);
  const before = process.listeners("exit");
  const progress = startProgress(terminal, "page", 4);
  progress.line("A note.");
  const restoring = process.listeners("exit").filter((listener) => !before.includes(listener));
  expect(terminal.printed.err.split("A note.")[1]).not.toContain("\u001b[?25h");
  for (const listener of restoring) listener(130);
  expect(terminal.printed.err.split("A note.")[1]).toMatch(/\[\?25h[\s\S]*\[\?7h/);
  progress.stop();
  expect(process.listeners("exit")).toEqual(before);
});
