#!/usr/bin/env node
import { existsSync } from "node:fs";

const built = new URL("../dist/index.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error(
    "clidim: the program is not built yet; run `npm start` or `npm run build` once in its folder",
  );
  process.exitCode = 2;
}
