import type { LazyPage } from "@clidim/imaging";
import { equal } from "../data/pairs/comparePair.js";
import { type SceneSplit, scenePages } from "../data/splitScenes.js";
import { windowHashes } from "./windowHashes.js";

interface Truth {
  readonly name: string;
  readonly clean: LazyPage;
}

/** A split as the clean images tell: held-out pages whose clean image is that of pages that are trained on are captures of their field of view, whichever files they are in. */
export async function toldByTruths(split: SceneSplit): Promise<SceneSplit> {
  const { kind, training, validation } = split;
  if (kind !== "scenes" && kind !== "pages" && kind !== "test") return split;
  const truths = truthsOf(validation);
  if (truths.length === 0) return split;
  const trained = new Map<string, Truth>();
  // Means of noisy pages are equal where these are, which is told of anyway.
  const pages = training.filter(({ averaged }) => !averaged).flatMap((scene) => scenePages(scene));
  for (const truth of truthsOf(pages)) {
    const [key] = await windowHashes(truth.clean);
    if (key !== undefined && !trained.has(key)) trained.set(key, truth);
  }
  if (trained.size === 0) return split;
  const told: string[] = [];
  for (const { name, clean } of truths) {
    const [key] = await windowHashes(clean);
    const same = key === undefined ? undefined : trained.get(key);
    if (!same || !equal((await clean.read()).data, (await same.clean.read()).data)) continue;
    told.push(`${name} shows a field that is trained on (its clean image is that of ${same.name})`);
  }
  const [first, ...others] = told;
  if (first === undefined) return split;
  const howMany =
    others.length > 0 ? ` (so it is with ${told.length} of ${truths.length} held-out clean images)` : "";
  return { ...split, kind: kind === "test" ? kind : "captures", sameField: `${first}${howMany}` };
}

/** Each clean image once, with the name of the first of its pages. */
function truthsOf(pages: readonly { readonly name: string; readonly clean?: LazyPage }[]): Truth[] {
  const seen = new Map<LazyPage, Truth>();
  for (const { name, clean } of pages) if (clean && !seen.has(clean)) seen.set(clean, { name, clean });
  return [...seen.values()];
}
