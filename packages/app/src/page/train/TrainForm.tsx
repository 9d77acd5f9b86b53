import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { MethodForm } from "../../engine/engine.js";
import { MethodCards } from "../denoise/MethodCards.js";
import { useSession } from "../session/context.js";
import { missingImages } from "../session/training.js";
import { KeyForm } from "./KeyForm.js";
import { RUN_NAME } from "./runName.js";
import { StorageNotice } from "./StorageNotice.js";
import { TrainingImages } from "./TrainingImages.js";

/** What is trained, on what, with which settings. */
export function TrainForm(): JSX.Element {
  const { training, methods, images, denoising } = useSession();
  const choosing = useSignal(false);
  const trained = methods.value.filter(({ kind }) => kind === "trained");
  const method = training.form.value;
  const obstacleOf = (form: MethodForm): string | undefined => {
    if (!form.available) return "Training needs WebGPU or WebAssembly, which this browser does not offer.";
    return missingImages(form, images.list.value);
  };
  const obstacle = training.obstacle.value;
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void training.start();
      }}
    >
      <section class="panel__section" aria-labelledby="train-method">
        <h2 id="train-method">Method</h2>
        {choosing.value ? (
          <MethodCards
            label="Method to train"
            methods={trained}
            value={training.method.value}
            obstacleOf={obstacleOf}
            onChange={(name) => {
              training.method.value = name;
            }}
          />
        ) : (
          method && (
            <MethodCards
              label="Method to train"
              methods={[method]}
              value={method.name}
              obstacleOf={obstacleOf}
              onChange={() => undefined}
            />
          )
        )}
        <div>
          <button
            type="button"
            class="button button--quiet"
            aria-expanded={choosing.value}
            onClick={() => {
              choosing.value = !choosing.value;
            }}
          >
            {choosing.value ? "Only the one that is chosen" : `Choose among ${trained.length} methods`}
          </button>
        </div>
      </section>
      <TrainingImages />
      <section class="panel__section" aria-labelledby="train-settings">
        <h2 id="train-settings">Settings</h2>
        <KeyForm />
      </section>
      <div class="key-field">
        <label class="key-field__name" for="run-name">
          Name of the training
        </label>
        <input
          id="run-name"
          class="input"
          autocomplete="off"
          pattern={RUN_NAME}
          title="Letters, digits, dots, spaces, hyphens, underscores"
          placeholder={`${training.method.value}-1`}
          value={training.name.value}
          onInput={(event) => {
            training.name.value = event.currentTarget.value;
          }}
        />
      </div>
      <StorageNotice />
      <div class="panel__section">
        <button
          type="submit"
          class="button button--primary button--wide"
          disabled={obstacle !== undefined || denoising.running.value !== undefined}
        >
          Start the training
        </button>
        <p class="panel__note" aria-live="polite">
          {denoising.running.value ? "An image is being denoised; wait for it, or stop it." : obstacle}
        </p>
      </div>
    </form>
  );
}
