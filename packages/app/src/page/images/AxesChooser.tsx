import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OpenedImage } from "../../engine/engine.js";
import { GiveUp } from "../controls/GiveUp.js";
import { Notice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import { axesReadings } from "./axesReadings.js";

/** Other readings of the axes, a click each. Where the file does not say what its axes are, they are offered at once. */
export function AxesChooser({ image }: { readonly image: OpenedImage }): JSX.Element | null {
  const { images, denoising, training } = useSession();
  /** Axes that have been asked for once. */
  const asking = useSignal<string | undefined>(undefined);
  const readings = axesReadings(image);
  if (readings.length === 0) return null;
  const now = image.sparse ? undefined : image.axes.join("");
  const busy =
    denoising.running.value !== undefined ||
    training.running.value !== undefined ||
    images.opening.value !== undefined;
  const unsaved = denoising.unsavedOf(image.id);
  const read = (axes: string): void => void images.withAxes(image.id, axes);
  const buttons = (
    <fieldset class="axes" disabled={busy}>
      <legend class="visually-hidden">Axes of {images.titleOf(image)}</legend>
      {readings.map(({ axes, text }) => (
        <button
          key={axes}
          type="button"
          class="axes__one"
          aria-pressed={axes === now}
          onClick={() => {
            asking.value = axes === now ? undefined : axes;
            if (axes === now) images.settleAxes(image.id);
            else if (unsaved === undefined) read(axes);
          }}
        >
          {text}
        </button>
      ))}
      {unsaved !== undefined && asking.value !== undefined && (
        <GiveUp
          what={`The ${unsaved} of the image as it is read now is not saved.`}
          label="Read it otherwise without saving"
          onKeep={() => {
            asking.value = undefined;
          }}
          onGiveUp={() => asking.value !== undefined && read(asking.value)}
        />
      )}
    </fieldset>
  );
  if (images.doubtful.value === image) {
    return (
      <Notice kind="warning" title="What are these planes?">
        <p>
          The file does not say. Each is denoised by itself either way; names and calibration follow this.
        </p>
        {buttons}
      </Notice>
    );
  }
  return (
    <details class="axes-more">
      <summary>Are the axes wrong?</summary>
      {buttons}
    </details>
  );
}
