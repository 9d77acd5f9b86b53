import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { StoredRun } from "../../engine/engine.js";
import { Icon } from "../controls/Icon.js";
import { bytesText } from "../controls/words.js";
import { ModelFiles } from "../save/ModelFiles.js";
import { useSession } from "../session/context.js";
import { hasModel } from "../session/training.js";
import { RemovalNote } from "./RemovalNote.js";
import "./run-list.css";

function stateText({ state, update, updates }: StoredRun): string {
  switch (state) {
    case "finished":
      return update < updates ? `Finished at ${update} of ${updates}` : `Finished, ${update} updates`;
    case "paused":
      return update === 0 ? "Paused before its first update" : `Paused at ${update} of ${updates}`;
    case "running elsewhere":
      return "Running in another tab";
    case "unreadable":
      return "Cannot be read";
    default:
      return state satisfies never;
  }
}

const dateText = (changed: number): string =>
  new Date(changed).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Runs that the browser keeps: gone on with, used, removed. */
export function RunList(): JSX.Element {
  const { training, denoising, images, methods, panel } = useSession();
  /** The run whose files are shown; with an image they have a panel. */
  const taking = useSignal<string | undefined>(undefined);
  /** The run whose removal has been asked for once. */
  const removing = useSignal<string | undefined>(undefined);
  const titleOf = (name: string): string =>
    methods.value.find((method) => method.name === name)?.title ?? name;
  const busy = training.running.value !== undefined || denoising.running.value !== undefined;
  return (
    <>
      <RemovalNote />
      <ul class="runs" aria-label="Stored trainings">
        {training.runs.value.map((run) => (
          <li key={run.run} class="runs__one">
            <p class="runs__head">
              <span class="runs__name">{run.run}</span>
              <span class="runs__state" data-state={run.state}>
                {stateText(run)}
              </span>
            </p>
            <p class="panel__note numbers">
              {[titleOf(run.method), run.best, bytesText(run.bytes)].filter(Boolean).join(", ")}
            </p>
            <p class="panel__note">
              {run.images.length > 0 && `On ${run.images.join(", ")}. `}
              {dateText(run.changed)}
            </p>
            <div class="buttons">
              {run.goesOn && (
                <button
                  type="button"
                  class="button"
                  disabled={busy}
                  onClick={() => {
                    panel.value = "train";
                    void training.resume(run);
                  }}
                >
                  <Icon name="play" />
                  Go on
                </button>
              )}
              {hasModel(run) && images.list.value.length > 0 && (
                <button
                  type="button"
                  class="button"
                  disabled={busy}
                  onClick={() => {
                    denoising.choice.value = { kind: "model", run: run.run };
                    panel.value = "denoise";
                  }}
                >
                  Denoise with it
                </button>
              )}
              {hasModel(run) && images.list.value.length === 0 && (
                <button
                  type="button"
                  class="button"
                  aria-expanded={taking.value === run.run}
                  onClick={() => {
                    taking.value = taking.value === run.run ? undefined : run.run;
                  }}
                >
                  Save
                </button>
              )}
              {removing.value === run.run ? (
                <>
                  {/* Where the first button was: a second press does no harm. */}
                  <button
                    type="button"
                    class="button button--quiet"
                    onClick={() => {
                      removing.value = undefined;
                    }}
                  >
                    Keep
                  </button>
                  <button
                    type="button"
                    class="button button--danger"
                    disabled={busy}
                    onClick={() => {
                      removing.value = undefined;
                      void training.remove(run.run);
                    }}
                  >
                    Remove for good
                  </button>
                </>
              ) : (
                <button
                  type="button"
                  class="button button--icon"
                  aria-label={`Remove ${run.run}`}
                  disabled={busy || run.state === "running elsewhere"}
                  onClick={() => {
                    removing.value = run.run;
                  }}
                >
                  <Icon name="trash" />
                </button>
              )}
            </div>
            {taking.value === run.run && <ModelFiles model={{ run: run.run }} name={run.run} />}
          </li>
        ))}
      </ul>
    </>
  );
}
