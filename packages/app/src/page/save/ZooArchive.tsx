import { zooNames } from "@clidim/export";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ExportDetails, ModelChoice } from "../../engine/engine.js";
import { SaveButton } from "../controls/SaveButton.js";
import { sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";

/** Licences that models and data are usually given under, by their identifiers of the SPDX list. */
const LICENSES = ["CC-BY-4.0", "CC0-1.0", "MIT", "BSD-3-Clause", "Apache-2.0"] as const;

/** A model as an archive of the BioImage Model Zoo, which says what it is called, who made it and what others may do with it. */
export function ZooArchive({
  model,
  name,
  details,
  disabled,
}: {
  readonly model: ModelChoice;
  readonly name: string;
  readonly details: ExportDetails;
  readonly disabled: boolean;
}): JSX.Element {
  const { engine } = useSession();
  const called = useSignal(zooNames.from(name.replace(/\.safetensors$/, "")));
  const author = useSignal("");
  const license = useSignal<string>(LICENSES[0]);
  const isName = zooNames.has(called.value);
  const isReady = isName && author.value.trim() !== "";
  return (
    <details class="zoo">
      <summary>BioImage Model Zoo</summary>
      <p class="panel__note">For Fiji (deepImageJ), ilastik, QuPath, napari. The archive says whose it is.</p>
      <div class="key-field">
        <label class="key-field__name" for="zoo-name">
          Name
        </label>
        <input
          id="zoo-name"
          class="input"
          value={called.value}
          aria-invalid={isName ? undefined : "true"}
          aria-describedby="zoo-name-help"
          onInput={(event) => {
            called.value = event.currentTarget.value;
          }}
        />
        <p class="key-field__help" id="zoo-name-help">
          {sentenceText(zooNames.allowed)}
        </p>
      </div>
      <div class="key-field">
        <label class="key-field__name" for="zoo-author">
          Author
        </label>
        <input
          id="zoo-author"
          class="input"
          autocomplete="name"
          value={author.value}
          onInput={(event) => {
            author.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="key-field">
        <label class="key-field__name" for="zoo-license">
          Licence
        </label>
        <select
          id="zoo-license"
          class="select"
          value={license.value}
          onChange={(event) => {
            license.value = event.currentTarget.value;
          }}
        >
          {LICENSES.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </div>
      <SaveButton
        label="Save the archive"
        disabled={!isReady || disabled}
        file={() =>
          engine.exportModel(model, "bmz", {
            ...details,
            about: { name: called.value, author: author.value.trim(), license: license.value },
          })
        }
      />
    </details>
  );
}
