import { InputError } from "@clidim/imaging";
import type { TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { pagesWithNeighbours } from "./neighbours.js";
import { type Captures, defaultCaptures, refuseOthersThanCaptures } from "./pageAxes.js";
import type { Scene } from "./pairing.js";
import type { SceneSplit } from "./splitScenes.js";

/**
 * Where a method's batches have other captures of the crops: refuses files with pages that are no captures of one scene, and, where each crop must have another one, scenes that have but
 * one page to train on or, where that must be the next one, none that are neighbours, or held-out pages without another one to be judged by. `InputError`s that name the file.
 */
export function checkOtherCaptures<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "title" | "members">,
  configuration: C,
  scenes: readonly Scene[],
  { training, validation }: Pick<SceneSplit, "training" | "validation">,
  captures: Captures = defaultCaptures,
): void {
  const { capture } = method.members(configuration);
  if (capture === false) return;
  const purpose =
    capture === "any"
      ? "compares pages with other captures of them"
      : "is trained towards other captures of a page";
  for (const { noisy } of scenes) refuseOthersThanCaptures(noisy, captures, `${method.title} ${purpose}`);
  if (capture === "any") return;
  const single = training.find(({ noisy }) => noisy.length < 2);
  if (single) {
    throw new InputError(
      `${single.name}: expected at least 2 noisy pages to train on, got ${single.noisy.length}; ${method.title} is trained towards other captures of the same scene. ` +
        "Give files of several captures; where they have been given, hold out whole files (split scenes) or less, or take more shots",
      { keys: ["noisy", "split", "validation", "shots"] },
    );
  }
  const apart = capture === "next" && training.find((scene) => pagesWithNeighbours(scene).length === 0);
  if (apart) {
    throw new InputError(
      `${apart.name}: expected pages to train on that were taken one behind the other, got none: those between them are blank or held out; ${method.title} is trained towards the page before and the page after. ` +
        "Give files of more captures, hold out whole files (split scenes) or less, or take more shots",
      { keys: ["noisy", "split", "validation", "shots"] },
    );
  }
  const alone = validation.find((page) => !page.capture);
  if (!alone) return;
  throw new InputError(
    `${alone.name}: expected another capture of what is held out, got none; ${method.title} is judged by other captures of the same scene. ` +
      "Give files of several captures, or hold nothing out",
    { keys: ["noisy", "split", "validation"] },
  );
}
