import type { JSX } from "preact";
import type { DenoisedImage } from "../../engine/engine.js";
import { Notice } from "../controls/Notice.js";
import { SaveButton } from "../controls/SaveButton.js";
import { durationText, sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { TrustChecks } from "./TrustChecks.js";

/** What came out: how it was made, whether to trust it, and the file. */
export function DenoiseResult({
  result,
  onAgain,
}: {
  readonly result: DenoisedImage;
  readonly onAgain: () => void;
}): JSX.Element {
  const { denoising, images, panel } = useSession();
  return (
    <div class="panel">
      <div class="panel__section" role="status">
        <p class="panel__lead">Denoised in {durationText(result.seconds)}</p>
        {result.chosen !== undefined && <p class="panel__note">{result.chosen}</p>}
      </div>
      <div class="panel__section">
        <SaveButton
          file={images.titled(result.file)}
          label="Save the result"
          primary
          onSaved={() => denoising.saved(result.file)}
        />
        <div class="buttons">
          <button type="button" class="button button--quiet" onClick={onAgain}>
            Denoise otherwise
          </button>
          <button
            type="button"
            class="button button--quiet"
            onClick={() => {
              panel.value = "save";
            }}
          >
            Report and more
          </button>
        </div>
      </div>
      <TrustChecks checks={result.checks} />
      {result.notes.map((note) => (
        <Notice key={note} kind="note">
          <p>{sentenceText(note)}</p>
        </Notice>
      ))}
    </div>
  );
}
