import { evenlySpread } from "@clidim/imaging";
import type { TrainingScene } from "./crops.js";

type Places = Pick<TrainingScene, "noisy" | "places">;

/** Where in its stack a noisy page lies. */
export const placeOf = ({ places }: Pick<TrainingScene, "places">, page: number): number =>
  places?.[page] ?? page;

/** The pages of a scene that were taken just before and just after one of it. */
export function neighboursOf(scene: Places, page: number): number[] {
  const place = placeOf(scene, page);
  return [page - 1, page + 1].filter(
    (other) => other >= 0 && other < scene.noisy.length && Math.abs(placeOf(scene, other) - place) === 1,
  );
}

/** The pages of a scene that have a neighbour in it. */
export const pagesWithNeighbours = (scene: Places): number[] =>
  [...scene.noisy.keys()].filter((page) => neighboursOf(scene, page).length > 0);

/**
 * `count` pages of a scene, ascending: pairs of neighbours that are evenly spread, and where one page more is wanted, one beside them. Where there are too few pairs, pages without neighbours are among them.
 */
export function spreadNeighbours(scene: Places, count: number): number[] {
  const pairs: number[] = [];
  for (let page = 0; page + 1 < scene.noisy.length; page++) {
    if (placeOf(scene, page + 1) === placeOf(scene, page) + 1) pairs.push(page++);
  }
  const wanted = Math.min(Math.floor(count / 2), pairs.length);
  const kept = new Set(
    evenlySpread(wanted, pairs.length).flatMap((pair) => [pairs[pair]!, pairs[pair]! + 1]),
  );
  while (kept.size < count) {
    const free = [...scene.noisy.keys()].filter((page) => !kept.has(page));
    const beside = free.find((page) => neighboursOf(scene, page).some((other) => kept.has(other)));
    kept.add(beside ?? free[0]!);
  }
  return [...kept].toSorted((a, b) => a - b);
}
