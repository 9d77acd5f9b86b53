import { z } from "zod";
import type { Channel } from "../data/axisSelection.js";
import { usedAxesSchema } from "../data/usedAxes.js";
import type { ModelDescription } from "./modelFile.js";

const provenance = z.object({ data: z.object({ axes: usedAxesSchema }) });

/** The channel that a model was trained on, where one of several was chosen for it. */
export function trainedChannel(model: Pick<ModelDescription, "provenance">): Channel | undefined {
  const known = provenance.safeParse(model.provenance);
  return known.success ? known.data.data.axes.channel : undefined;
}
