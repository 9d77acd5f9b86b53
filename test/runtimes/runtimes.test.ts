/** The libraries, as they are built, in runtimes beside Node and the browser: Deno with the WebGPU of its own, Bun with Dawn as in Node. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { buildPackages } from "../browser/bundle.js";
import { expectSound } from "../browser/expectSound.js";
import type { SmokeReport } from "../browser/page/smoke.js";

const script = (name: string): string => new URL(`../../scripts/${name}`, import.meta.url).href;
// The scripts are JavaScript without types.
const { findRuntime, installationHint } = (await import(script("ensure-runtimes.mjs"))) as {
  findRuntime: (name: string) => string | undefined;
  installationHint: string;
};
const { vulkanEnvironment } = (await import(script("ensure-adapter.mjs"))) as {
  vulkanEnvironment: () => Readonly<Record<string, string>>;
};

const smoke = fileURLToPath(new URL("smoke.mjs", import.meta.url));

/** How each is started, and what its report says of where it ran. */
const runtimes = {
  deno: {
    args: ["run", "--allow-all", "--no-config", "--node-modules-dir=manual", "--conditions=browser", smoke],
    // Its WebGPU asks the system for Vulkan; that of Dawn in Bun finds what was unpacked by itself.
    env: vulkanEnvironment(),
    expected: { immediates: false },
  },
  bun: { args: [smoke], env: {}, expected: { immediates: true } },
} as const;

describe.each(Object.entries(runtimes))("in %s", (name, { args, env, expected }) => {
  const program = findRuntime(name);
  beforeAll(buildPackages);

  it("the libraries compute, differentiate and train", async (context) => {
    if (program === undefined) {
      console.warn(`SKIPPED: ${installationHint}`);
      context.skip(installationHint);
      return;
    }
    const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...env } });
    const report = JSON.parse(stdout.trim().split("\n").at(-1)!) as SmokeReport;
    expect(report).toMatchObject(expected);
    expectSound(report, false);
  });
});
