import { bm3d } from "@clidim/methods";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { unlikeCalibrated } from "../../src/inference/unlikeCalibrated.js";
import type { ModelUncertainty } from "../../src/model/modelUncertainty.js";
import { fictitious } from "../protocol/fictitious.js";

const uncertainty: ModelUncertainty = {
  ...{ values: [0], floors: [1], scale: 1, passes: 8, pages: 2, heldOut: "scenes" },
  coverage: { withinOne: 0.7, withinTwo: 0.95, rmsError: 1, rmsSigma: 1, pixels: 100 },
};
const method = fictitious("clean");
const plain = resolveConfiguration(method, "plain");
const model = (orientations: 1 | 8, weight?: number) => ({
  method,
  configuration: { ...plain, orientations },
  uncertainty,
  ...(weight !== undefined && {
    blend: { method: "bm3d@1", parameters: { strength: 1 }, weight, pages: 2, error: 0.9 },
  }),
});
const blend = { method: bm3d, parameters: { strength: 1 }, weight: 0.3 };
const sized = (side: number) => ({ width: 500, height: side });

test("nothing is said of a model that is applied as it was calibrated, or has no calibration", () => {
  expect(unlikeCalibrated(model(8, 0.3), { blend, page: sized(bm3d.smallest) })).toEqual([]);
  expect(unlikeCalibrated(model(8, 0), { ensemble: true })).toEqual([]);
  const { uncertainty: _none, ...without } = model(8, 0.3);
  expect(unlikeCalibrated(without, { ensemble: false })).toEqual([]);
});

test("a mean that is left out, also on pages too small for it, and other orientations are said", () => {
  const alone = "it was measured on means with bm3d@1, and the errors of the network alone may be larger";
  expect(unlikeCalibrated(model(1, 0.3), {})).toEqual([alone]);
  expect(unlikeCalibrated(model(1, 0.3), { blend, page: sized(bm3d.smallest - 1) })).toEqual([alone]);
  expect(unlikeCalibrated(model(8, 0.3), { ensemble: false })).toEqual([
    alone,
    "it was measured on means over 8 orientations, and the errors of 1 may be larger",
  ]);
  expect(unlikeCalibrated(model(1), { ensemble: true })).toEqual([
    "it was measured on results of 1 orientation, and the errors of means over 8 may be smaller",
  ]);
  const streaked = { ...model(8), method: { ...method, noiseAxis: () => "vertical" as const } };
  expect(unlikeCalibrated(streaked, { ensemble: false })).toEqual([
    "it was measured on means over 4 orientations, and the errors of 1 may be larger",
  ]);
});
