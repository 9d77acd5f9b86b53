import { type Plane, pageInMemory } from "@clidim/imaging";
import { gaussian } from "@clidim/methods";
import { expect, test, vi } from "vitest";
import { type Contender, compareContender } from "../../src/inference/contender.js";
import type { ComparedPart } from "../../src/protocol/method.js";

// The network leaves pages as they are.
vi.mock("../../src/inference/modelDenoiser.js", () => ({ modelDenoiser: () => undefined }));
vi.mock("../../src/inference/denoisePage.js", () => ({
  denoisePage: async (_: unknown, page: Plane) => page,
}));

test("where the middle of what is held out shows nothing, what does is compared, and blank pages are not", async () => {
  const size = { width: 1024, height: 64 };
  const shows = (i: number): number => (i % 1024 < 200 ? 50 + ((i * 7919) % 101) : 0);
  const page: Plane = { ...size, data: Float32Array.from({ length: 1024 * 64 }, (_, i) => shows(i)) };
  const blank = { ...size, data: new Float32Array(1024 * 64) };
  const parts: ComparedPart[] = [];
  const hiddenErrors = (part: ComparedPart): number[] => {
    parts.push(part);
    return [1];
  };
  const method = { ...gaussian, contest: { ...gaussian.contest!, hiddenErrors } };
  const held = () => ({ x: 0, y: 0, ...size });
  const contender = { model: {}, held } as unknown as Contender;
  const noise = { gain: 0, offset: 1 };
  const compared = (pages: readonly Plane[]) =>
    compareContender(contender, { method, parameters: {}, noise }, pages.map(pageInMemory), undefined);
  expect(await compared([blank])).toBeUndefined();
  expect(await compared([blank, page])).toBeDefined();
  expect(Math.max(...Array.from(parts[0]!.part.data))).toBe(150);
});
