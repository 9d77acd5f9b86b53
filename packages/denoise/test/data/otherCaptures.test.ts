import { type LazyPage, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { checkOtherCaptures } from "../../src/data/otherCaptures.js";
import type { OtherCapture } from "../../src/protocol/batch.js";

const page: LazyPage = pageInMemory({ width: 1, height: 1, data: Uint8Array.of(1) });
const scene = (...places: number[]): TrainingScene => ({
  ...{ name: "a.tif", noisy: places.map(() => page), averaged: false, oneField: true },
  places,
});
const check = (capture: OtherCapture, ...training: TrainingScene[]) =>
  checkOtherCaptures(
    { title: "Such", members: () => ({ capture, places: false, noise: false }) },
    {} as never,
    [],
    { training, validation: [] },
  );

test("refuses scenes of which no page has the capture that it is trained towards", () => {
  check("other", scene(0, 2));
  check("next", scene(0, 2, 3));
  expect(() => check("other", scene(0, 1), scene(0))).toThrow(
    /^a\.tif: expected at least 2 noisy pages to train on, got 1; Such is/,
  );
  expect(() => check("next", scene(0, 1), scene(0, 2, 4))).toThrow(
    /^a\.tif: expected pages to train on that were taken one behind the other, got none: .* Such is trained towards the page before and the page after\. Give .* take more shots$/,
  );
});
