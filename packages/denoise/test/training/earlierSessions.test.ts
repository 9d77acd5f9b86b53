import { expect, test } from "vitest";
import { earlierSessions } from "../../src/training/earlierSessions.js";
import type { Manifest } from "../../src/training/manifest.js";

type Session = Pick<Manifest, "versions" | "adapter">;
const session = (clidim: string, name = "GPU", node = "22.0.0"): Session => ({
  versions: { clidim, node, platform: "linux-x64" },
  adapter: { name, kind: "gpu", vendor: "", architecture: "", device: "", description: "" },
});
/** What is compared of manifests. */
const manifest = (own: Session, earlier?: readonly Session[]): Manifest =>
  ({ ...own, ...(earlier && { earlier }) }) as Manifest;

test("the same versions on the same adapter leave nothing to be said or kept", () => {
  expect(earlierSessions(manifest(session("1.0.0")), manifest(session("1.0.0")))).toEqual({ warnings: [] });
});

test("another version of the program is told and kept, behind those of sessions before", () => {
  const [first, second] = [session("1.0.0"), session("1.1.0")];
  expect(earlierSessions(manifest(second, [first]), manifest(session("1.2.0")))).toEqual({
    earlier: [first, second],
    warnings: [
      "the run was started with version 1.1.0 of the program and goes on with 1.2.0: it may not end with the weights that either has alone",
    ],
  });
  // What was kept stays where nothing has changed since.
  expect(earlierSessions(manifest(second, [first]), manifest(second))).toEqual({
    earlier: [first],
    warnings: [],
  });
});

test("another adapter is told and kept, another Node is kept", () => {
  const before = session("1.0.0", "Adapter A");
  expect(earlierSessions(manifest(before), manifest(session("1.0.0", "Adapter B")))).toEqual({
    earlier: [before],
    warnings: [
      "the run was started on Adapter A and goes on on Adapter B: it will not end with exactly the same weights",
    ],
  });
  expect(earlierSessions(manifest(before), manifest(session("1.0.0", "Adapter A", "24.0.0")))).toEqual({
    earlier: [before],
    warnings: [],
  });
});
