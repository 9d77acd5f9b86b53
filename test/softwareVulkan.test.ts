import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { useSoftwareVulkan } from "../packages/tensor/src/executors/webgpu/device/softwareVulkan.node.js";

const cache = temporaryFolder();

test.runIf(process.platform === "linux")(
  "a setup that was cut off, or is none, says how to write it again",
  () => {
    const names = ["XDG_CACHE_HOME", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
    const before = names.map((name) => [name, process.env[name]] as const);
    try {
      for (const name of names) delete process.env[name];
      process.env.XDG_CACHE_HOME = cache;
      mkdirSync(join(cache, "clidim"));
      for (const text of ["", '{"libraries": ["/a', "null", '{"libraries": 7}']) {
        writeFileSync(join(cache, "clidim", "vulkan.json"), text);
        expect(() => useSoftwareVulkan()).toThrow(
          /^device: .*vulkan\.json is not a Vulkan setup, run "npm start" to write it again$/,
        );
      }
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  },
);
