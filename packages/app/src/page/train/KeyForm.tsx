import type { JSX } from "preact";
import { Notice } from "../controls/Notice.js";
import { sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { KeyField } from "./KeyField.js";
import "./key-form.css";

/** The keys of the method: a few in front, all others behind "More settings". */
export function KeyForm(): JSX.Element | null {
  const { training } = useSession();
  const form = training.form.value;
  if (!form) return null;
  const { keys } = form;
  const front = keys.filter(({ key }) => form.front.includes(key));
  const more = keys.filter(({ key }) => !form.front.includes(key));
  const touched = new Set([...Object.keys(training.values.value), ...Object.keys(training.mistyped.value)]);
  const changed = more.filter(({ key }) => touched.has(key)).length;
  const ofFields = new Set(keys.map(({ key }) => key));
  // What concerns no field, or several, is said once above.
  const general = training.problems.value.filter((problem) => !problem.keys.some((key) => ofFields.has(key)));
  return (
    <div class="key-form">
      {form.presets.length > 1 && (
        <div class="key-field">
          <label class="key-field__name" for="preset">
            Preset
          </label>
          <select
            id="preset"
            class="select"
            value={training.preset.value}
            aria-describedby="preset-help"
            onChange={(event) => {
              training.preset.value = event.currentTarget.value;
              training.values.value = {};
              training.mistyped.value = {};
            }}
          >
            {form.presets.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <p class="key-field__help" id="preset-help">
            {form.presets.find(({ name }) => name === training.preset.value)?.description}
          </p>
        </div>
      )}
      {general.map(({ sentence }) => (
        <Notice key={sentence} kind="failure">
          <p>{sentenceText(sentence)}</p>
        </Notice>
      ))}
      {front.map((field) => (
        <KeyField key={field.key} field={field} />
      ))}
      {more.length > 0 && (
        <details class="key-form__more">
          <summary>
            More settings{changed > 0 && <span class="key-form__count"> ({changed} changed)</span>}
          </summary>
          <div class="key-form__all">
            {more.map((field) => (
              <KeyField key={field.key} field={field} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
