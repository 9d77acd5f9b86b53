import { expect, it } from "vitest";
import type { NoiseMeasurement } from "../../src/index.js";
import { noiseSvg } from "../../src/index.js";

it("of thousands of pages there may be more points than a call has arguments", () => {
  const measurement: NoiseMeasurement = {
    from: "pages",
    images: 3000,
    gain: 2,
    offset: 0,
    scatter: 0.1,
    warnings: [],
    transfer: Array.from({ length: 140_001 }, (_, i) => ({
      signal: i,
      variance: 2 * i,
      pixels: 1,
      weight: 1,
    })),
  };
  expect(noiseSvg(measurement).match(/<circle/g)).toHaveLength(140_001);
});
