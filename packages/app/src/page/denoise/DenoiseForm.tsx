import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { ModelChoice } from "../../engine/engine.js";
import { Choices } from "../controls/Choices.js";
import { FailureNotice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import type { DenoiseChoice } from "../session/denoising.js";
import { hasModel } from "../session/training.js";
import { MethodCards } from "./MethodCards.js";
import { ModelList } from "./ModelList.js";

const kinds = [
  { value: "automatic", label: "Automatic" },
  { value: "method", label: "Method" },
  { value: "model", label: "Model" },
] as const;

/** The model that is chosen; undefined where none is, or has been removed. */
function chosenModel(choice: DenoiseChoice): ModelChoice | undefined {
  if (choice.kind !== "model") return undefined;
  return "run" in choice ? { run: choice.run } : { model: choice.model };
}

/** How the image is denoised, and the beginning of it. */
export function DenoiseForm({ onCancel }: { readonly onCancel?: (() => void) | undefined }): JSX.Element {
  const { denoising, images, methods, training, viewer } = useSession();
  const { choice, failure, uncertainty } = denoising;
  const by = choice.value;
  const model = chosenModel(by);
  const known =
    model &&
    ("run" in model
      ? training.runs.value.find((run) => run.run === model.run && hasModel(run))
      : images.models.value.find((other) => other.model === model.model));
  const classical = methods.value.filter(({ kind }) => kind === "classical");

  const asked = useRef(0);
  const choose = (kind: (typeof kinds)[number]["value"]): void => {
    const mine = ++asked.current;
    switch (kind) {
      case "automatic":
        choice.value = { kind };
        return;
      case "method":
        choice.value = {
          kind,
          name: classical.find(({ name }) => name === "bm3d")?.name ?? classical[0]?.name ?? "",
        };
        return;
      case "model": {
        const run = training.runs.value.find(hasModel);
        const file = images.models.value.at(-1);
        const first: DenoiseChoice = { kind, ...(file ? { model: file.model } : { run: run?.run ?? "" }) };
        choice.value = first;
        const [ready] = images.ready.value;
        // The first click has a model.
        if (!file && !run && ready) {
          void images.openReady(ready.name).then((opened) => {
            // Unless another was chosen meanwhile.
            if (opened && mine === asked.current) choice.value = { kind, model: opened.model };
          });
        }
        return;
      }
      default:
        kind satisfies never;
    }
  };

  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void denoising.start(viewer.visible(), known?.uncertainty !== undefined);
      }}
    >
      {failure.value && (
        <FailureNotice
          failure={failure.value}
          title="The image was not denoised"
          onDismiss={() => {
            failure.value = undefined;
          }}
        />
      )}
      <Choices label="How" choices={kinds} value={by.kind} onChange={choose} />
      {by.kind === "automatic" && (
        <div class="panel__section">
          <p class="panel__lead">The method that suits this image</p>
          <p class="panel__note">
            Hides pixels of the image, lets each method without training foretell them, takes the one that
            comes closest, and a mean with the model that comes with the page where that is closer still.
            There is nothing to set.
          </p>
        </div>
      )}
      {by.kind === "method" && (
        <MethodCards
          label="Method without training"
          methods={classical}
          value={by.name}
          obstacleOf={({ available }) => (available ? undefined : "It cannot run in this browser.")}
          onChange={(name) => {
            choice.value = { kind: "method", name };
          }}
        />
      )}
      {by.kind === "model" && (
        <>
          <ModelList
            label="Model to denoise with"
            value={model}
            asked={asked}
            onChange={(chosen) => {
              choice.value = { kind: "model", ...chosen };
            }}
          />
          {known?.uncertainty && (
            <label class="check">
              <input
                type="checkbox"
                checked={uncertainty.value}
                onChange={(event) => {
                  uncertainty.value = event.currentTarget.checked;
                }}
              />
              <span>
                {known.uncertainty === "uncertainty"
                  ? "A map of uncertainty as well"
                  : "A map of scatter as well"}
                <span class="check__note">
                  {known.uncertainty === "uncertainty"
                    ? "How far off each pixel may be, as held-out images showed; several passes take longer."
                    : "How much several passes differ, which is no error bar; they take longer."}
                </span>
              </span>
            </label>
          )}
        </>
      )}
      <div class="panel__section">
        <button
          type="submit"
          class="button button--primary button--wide"
          disabled={(by.kind === "model" && !known) || training.running.value !== undefined}
        >
          Denoise this image
        </button>
        {training.running.value !== undefined && (
          <p class="panel__note">A training is running; pause it first.</p>
        )}
        {onCancel && (
          <button type="button" class="button button--quiet" onClick={onCancel}>
            Back to the result
          </button>
        )}
      </div>
    </form>
  );
}
