#!/usr/bin/env node
import { existsSync } from "node:fs";

const built = new URL("../dist/index.js", import.meta.url);
if (existsSync(built)) {
  try {
    await import(built.href);
  } catch (error) {
    // The program itself is a few hundred files, of which many are opened at a time; without, there are various errors.
    const { soft } = process.report.getReport().userLimits?.open_files ?? {};
    if (!(Number(soft) < 256)) throw error;
    console.error(
      `clidim: cannot be loaded where a process may have ${soft} open files; raise the limit (ulimit -n 1024)`,
    );
    process.exitCode = 2;
  }
} else {
  console.error(
    "clidim: the program is not built yet; run `npm start` or `npm run build` once in its folder",
  );
  process.exitCode = 2;
}
