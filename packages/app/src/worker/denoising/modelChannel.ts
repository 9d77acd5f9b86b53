import { type Channel, channelsOf } from "@clidim/denoise";

/**
 * The channel of an image that a model denoises which was trained on one of several: the one of the same name, or, where neither has a name, in the same place; else the one that is shown. Undefined where the image
 * has no other, or the model was not trained on one of several.
 */
export function modelChannel(
  source: Parameters<typeof channelsOf>[0],
  trained: Channel | undefined,
  shown: number | undefined,
): Channel | undefined {
  const channels = channelsOf(source).filter(({ transparency }) => !transparency);
  if (!trained || channels.length === 1) return undefined;
  const alike = channels.filter(({ index, name }) =>
    trained.name === undefined ? name === undefined && index === trained.index : name === trained.name,
  );
  return (
    alike.find(({ index }) => index === trained.index) ??
    alike[0] ??
    channels.find(({ index }) => index === shown) ??
    channels[0]
  );
}
