import { expect, test } from "vitest";
import { checkFileLimit } from "../../src/machine/checkFileLimit.js";

/** A system with so much memory, and such a limit. */
const system =
  (limit: string, kilobytes = 1024) =>
  (path: string): string =>
    path === "/proc/meminfo"
      ? `MemTotal:       ${kilobytes} kB\nMemFree:        17 kB\n`
      : `Limit                     Soft Limit           Hard Limit           Units     \nMax file size             ${limit.padEnd(20)} unlimited            bytes     \n`;

const software = "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6) 0.0.1 (software)";

test("the software adapter is refused where a file may not be as large as the memory", () => {
  expect(() => checkFileLimit(software, system("1048575"))).toThrow(
    `the adapter ${software} keeps its memory in a file, and files may have 1048575 bytes here, expected at least the machine's memory (1 MiB): run it without that limit (ulimit -f unlimited), or on a GPU`,
  );
  checkFileLimit(software, system("1048576"));
  checkFileLimit(software, system("unlimited"));
  checkFileLimit(software, () => "");
});

test("other adapters are not", () => {
  checkFileLimit("NVIDIA H100", system("8192"));
});
