import { InputError } from "@clidim/imaging";
import { DeviceError } from "@clidim/tensor";
import { expect, test } from "vitest";
import { reportFailure } from "../src/failures.js";
import { Interruption } from "../src/interruption.js";
import { captureTerminal } from "./capture.js";

function report(error: unknown, environment: NodeJS.ProcessEnv = {}): { code: number; text: string } {
  const terminal = captureTerminal();
  const code = reportFailure(terminal, error, environment);
  return { code, text: terminal.printed.err };
}

test("what the user can mend is one sentence", () => {
  expect(report(new InputError("a.tif is empty"))).toEqual({ code: 2, text: "clidim: a.tif is empty\n" });
  const outOfMemory = "out of memory (1 GiB); use a smaller batch, crop or tile";
  expect(report(new DeviceError("outOfMemory", outOfMemory))).toEqual({
    code: 2,
    text: `clidim: Device: ${outOfMemory}\n`,
  });
});

test("a defect asks to be reported; the stack comes with CLIDIM_DEBUG=1 only", () => {
  const defect = new TypeError("x is undefined");
  const { code, text } = report(defect);
  expect(code).toBe(70);
  expect(text).toMatch(
    /^clidim: unexpected error: x is undefined\n.*please report it with what CLIDIM_DEBUG=1 prints/,
  );
  expect(text).not.toContain("failures.test.ts");
  const debug = report(defect, { CLIDIM_DEBUG: "1" });
  expect(debug.text).toContain(defect.stack);
  expect(report("thrown text").text).toMatch(/unexpected error: thrown text/);
});

test("an interruption says nothing more and has its signal's exit code", () => {
  expect(report(new Interruption("SIGINT"))).toEqual({ code: 130, text: "" });
  expect(report(new Interruption("SIGTERM"))).toEqual({ code: 143, text: "" });
});
