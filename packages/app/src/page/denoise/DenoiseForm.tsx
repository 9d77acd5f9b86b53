import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ModelChoice, ModelSummary } from "../../engine/engine.js";
import { CheckWithNote } from "../controls/CheckWithNote.js";
import { Choices } from "../controls/Choices.js";
import { GiveUp } from "../controls/GiveUp.js";
import { FailureNotice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import type { DenoiseChoice } from "../session/denoising.js";
import { hasModel } from "../session/training.js";
import { isSameModel } from "./isSameModel.js";
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
  const { choice, failure, uncertainty, ownRange, offersOwnRange } = denoising;
  const by = choice.value;
  const model = chosenModel(by);
  const known =
    model &&
    ("run" in model
      ? training.runs.value.find((run) => run.run === model.run && hasModel(run))
      : images.models.value.find((other) => other.model === model.model));
  const classical = methods.value.filter(({ kind }) => kind === "classical");

  const image = images.current.value;
  /** Whether another result has been asked for once, in place of one that is not saved. */
  const asking = useSignal(false);
  const unsaved = image && denoising.unsavedOf(image.id);
  const givesUp = asking.value && unsaved !== undefined;
  const elsewhere =
    denoising.running.value && images.list.value.find(({ id }) => id === denoising.running.value?.image);
  const start = (): void => void denoising.start(viewer.visible(), known?.uncertainty !== undefined);
  const chooseOpened = (coming: Promise<ModelSummary | undefined>): Promise<void> =>
    denoising.chooseLater(coming.then((opened) => opened && { kind: "model", model: opened.model }));
  const choose = (kind: (typeof kinds)[number]["value"]): void => {
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
        const models: readonly ModelChoice[] = [
          ...images.models.value.map(({ model: name }) => ({ model: name })).reverse(),
          ...training.runs.value.filter(hasModel).map(({ run }) => ({ run })),
        ];
        const last = denoising.lastModel.value;
        const first = models.find((one) => isSameModel(last, one)) ?? models[0];
        choice.value = { kind, ...(first ?? { run: "" }) };
        const [ready] = images.ready.value;
        // The first click has a model.
        if (!first && ready) void chooseOpened(images.openReady(ready.name));
        return;
      }
      default:
        kind satisfies never;
    }
  };

  const disabled =
    (by.kind === "model" && !known) ||
    training.running.value !== undefined ||
    denoising.running.value !== undefined;
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        asking.value = true;
        if (image && unsaved === undefined) start();
      }}
    >
      {failure.value && (
        <FailureNotice
          failure={failure.value}
          title="The image was not denoised"
          onDismiss={denoising.dismiss}
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
            onChange={(chosen) => {
              choice.value = { kind: "model", ...chosen };
            }}
            onOpening={chooseOpened}
          />
          {known?.uncertainty && (
            <CheckWithNote
              checked={uncertainty}
              title={
                known.uncertainty === "uncertainty"
                  ? "A map of uncertainty as well"
                  : "A map of scatter as well"
              }
              note={
                known.uncertainty === "uncertainty"
                  ? "How far off each pixel may be, as held-out images showed; several passes take longer."
                  : "How much several passes differ, which is no error bar; they take longer."
              }
            />
          )}
          {offersOwnRange.value && (
            <CheckWithNote
              checked={ownRange}
              title="Take the image in its own range"
              note="For images of another microscope or exposure: its darkest and brightest pixels are taken for those of the training images."
            />
          )}
        </>
      )}
      <div class="panel__section">
        {givesUp ? (
          <GiveUp
            what={`The ${unsaved} that there is is not saved; the next one takes its place.`}
            label="Denoise without saving it"
            disabled={disabled}
            onKeep={() => {
              asking.value = false;
            }}
            onGiveUp={start}
          />
        ) : (
          <button type="submit" class="button button--primary button--wide" disabled={disabled}>
            Denoise this image
          </button>
        )}
        {elsewhere && (
          <p class="panel__note">
            {images.titleOf(elsewhere)} is being denoised; wait for it, or{" "}
            <button type="button" class="link" onClick={() => images.select(elsewhere.id)}>
              stop it there
            </button>
            .
          </p>
        )}
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
