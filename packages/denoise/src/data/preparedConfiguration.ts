import type { TrainedMethod, TrainingImages } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { checkNoiseLine } from "./checkNoiseLine.js";
import { imagesAgainstNoise } from "./imagesAgainstNoise.js";

/** The configuration with what the training images decide, see `TrainedMethod.prepare`; `onWarning` is told what that is, and where measured noise does not seem to be theirs. An `InputError` where it is none at all. */
export async function preparedConfiguration<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "prepare">,
  configuration: C,
  images: TrainingImages,
  onWarning?: (sentence: string) => void,
): Promise<C> {
  if (!method.prepare) return configuration;
  const pages = images.scenes.flatMap(({ name, noisy }) => noisy.map((page) => ({ name, page })));
  if (images.noise && pages.length > 0) {
    await checkNoiseLine(images.noise, pages[0]!);
    for (const sentence of await imagesAgainstNoise(images.noise, pages)) onWarning?.(sentence);
  }
  const prepared = await method.prepare(configuration, onWarning ? { ...images, tell: onWarning } : images);
  const before = new Map<string, unknown>(Object.entries(configuration));
  const decided = Object.entries(prepared).filter(([key, value]) => value !== before.get(key));
  if (decided.length > 0) {
    onWarning?.(
      `as the training images have it: ${decided.map(([key, value]) => `${key} ${told(value)}`).join(", ")}`,
    );
  }
  return prepared;
}

/** A value in a sentence; of a record its names and numbers, not the records and lists in it. */
function told(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(4)));
  if (typeof value !== "object" || value === null) return String(value);
  const plain = Object.entries(value).filter(([, member]) => typeof member !== "object");
  return plain.map(([name, member]) => `${name} ${told(member)}`).join(", ");
}
