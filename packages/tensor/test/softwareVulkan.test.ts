import { afterEach, expect, test, vi } from "vitest";
import { useSoftwareVulkan } from "../src/executors/webgpu/device/softwareVulkan.node.js";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  homedir: (): string => {
    throw new Error("uv_os_homedir returned ENOENT (no such file or directory)");
  },
}));

afterEach(() => vi.unstubAllEnvs());

test("a user without a home directory has the system's adapters alone", () => {
  for (const name of ["XDG_CACHE_HOME", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"]) vi.stubEnv(name, "");
  expect(useSoftwareVulkan).not.toThrow();
  expect(process.env.VK_DRIVER_FILES).toBe("");
});
