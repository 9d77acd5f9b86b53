import { type Model, trainedChannel } from "@clidim/denoise";
import { z } from "zod";

const provenance = z.object({ data: z.object({ noisy: z.array(z.object({ name: z.string() })).min(1) }) });

/** What a model was trained on, as far as it says: "trained on cells.tif and 3 more, channel GFP". */
export function trainedOnText(model: Pick<Model, "provenance">): string[] {
  const known = provenance.safeParse(model.provenance);
  if (!known.success) return [];
  const [first, ...others] = known.data.data.noisy;
  const channel = trainedChannel(model);
  return [
    `trained on ${first!.name}${others.length > 0 ? ` and ${others.length} more` : ""}`,
    ...(channel ? [`channel ${channel.name ?? channel.index + 1}`] : []),
  ];
}
