import type { LazyPage } from "@clidim/imaging";
import { equal } from "../data/pairs/comparePair.js";
import { type SceneSplit, scenePages } from "../data/splitScenes.js";
import { framesOf, windowHashes } from "./windowHashes.js";

/** Held-out pages that are trained on as well, in a sentence; undefined where there is none. */
export async function copiedPages({ training, validation }: SceneSplit): Promise<string | undefined> {
  if (validation.length === 0) return undefined;
  const trained = new Map<string, { readonly name: string; readonly noisy: LazyPage }>();
  for (const page of training.flatMap((scene) => scenePages(scene))) {
    const [key] = await windowHashes(page.noisy);
    if (key !== undefined && !trained.has(key)) trained.set(key, page);
  }
  const copies: string[] = [];
  for (const { name, noisy } of validation) {
    for (const [frame, key] of (await windowHashes(noisy)).entries()) {
      const same = key === undefined ? undefined : trained.get(key);
      if (!same) continue;
      const held = framesOf(await noisy.read())[frame]!;
      if (!equal(held.data, (await same.noisy.read()).data)) continue;
      copies.push(`${name} is held out, but its pixels are trained on as well, as those of ${same.name}`);
      break;
    }
  }
  const [first, ...others] = copies;
  if (first === undefined) return undefined;
  const howMany =
    others.length > 0 ? ` (so it is with ${copies.length} of ${validation.length} held-out pages)` : "";
  return `${first}${howMany}: the validation figures tell nothing of images that the model has not seen; leave out the copies`;
}
