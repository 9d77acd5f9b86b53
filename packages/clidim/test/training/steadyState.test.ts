import { initialTrainingState, resolveConfiguration } from "@clidim/denoise";
import { compile, defaultDevice } from "@clidim/tensor";
import { expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { batchOf, lastUpdate } from "./smallRun.js";

// The contrastive step updates the discriminator's weights twice, with two optimisers.
it.each(["off", "disc"])("a step makes nothing after the second one, contrastive mode %s", async (mode) => {
  const configuration = resolveConfiguration(clidim, "laptop", {
    downs: 2,
    ngf: 1,
    ndf: 1,
    crop: 32,
    batch: 3,
    updates: 10,
    contrastive: { mode, maskOverlap: 1 },
  });
  const device = await defaultDevice();
  const step = compile(lastUpdate(configuration), { donate: [0] });
  const batch = batchOf(configuration, 0);
  let state = initialTrainingState(clidim, configuration, 1);
  const made: object[] = [];
  for (let update = 0; update < 8; update++) {
    const before = device.stats();
    state = await step(state, batch);
    const after = device.stats();
    made.push({
      bindGroups: after.bindGroupsCreated - before.bindGroupsCreated,
      buffers: after.buffersCreated - before.buffersCreated,
      pipelines: after.pipelines - before.pipelines,
    });
  }
  expect(made.slice(2)).toEqual(new Array(6).fill({ bindGroups: 0, buffers: 0, pipelines: 0 }));
});
