import type { JSX } from "preact";
import { OpenButtons } from "../images/OpenButtons.js";
import { useSession } from "../session/context.js";
import { captures } from "../session/training.js";
import "./training-images.css";

/** Which of the open images are trained on, and of methods that need them the clean image of each. */
export function TrainingImages(): JSX.Element {
  const { images, training } = useSession();
  const list = images.list.value;
  const paired = training.form.value?.target === "clean";
  const targets = new Set(paired ? training.clean.value.values() : []);
  const pair = (noisy: string, clean: string): void => {
    const rest = [...training.clean.value].filter(([id]) => id !== noisy);
    training.clean.value = new Map(clean === "" ? rest : [...rest, [noisy, clean]]);
  };
  return (
    <fieldset class="training-images">
      <legend>{paired ? "Noisy images, and the clean one of each" : "Noisy images to train on"}</legend>
      <ul class="training-images__list">
        {list.map((image) => {
          const { id, width, height } = image;
          const name = images.titleOf(image);
          const target = targets.has(id);
          const included = training.noisy.value.includes(id);
          return (
            <li key={id} class="training-images__one">
              <label class="check">
                <input
                  type="checkbox"
                  checked={included}
                  disabled={target}
                  onChange={(event) => {
                    const others = [...training.excluded.value].filter((other) => other !== id);
                    training.excluded.value = new Set(event.currentTarget.checked ? others : [...others, id]);
                  }}
                />
                <span class="training-images__name">
                  {name}
                  {target && <span class="check__note">clean image</span>}
                </span>
              </label>
              {paired && included && list.length > 1 && (
                <select
                  class="select"
                  aria-label={`Clean image of ${name}`}
                  value={training.clean.value.get(id) ?? ""}
                  onChange={(event) => pair(id, event.currentTarget.value)}
                >
                  <option value="">
                    {captures(image) > 1 ? "mean of its time points" : "clean image of it"}
                  </option>
                  {list
                    .filter((other) => other.id !== id && other.width === width && other.height === height)
                    .map((other) => (
                      <option key={other.id} value={other.id}>
                        {images.titleOf(other)}
                      </option>
                    ))}
                </select>
              )}
            </li>
          );
        })}
      </ul>
      {training.channels.value.length > 0 && (
        <div class="key-field">
          <label class="key-field__name" for="training-channel">
            Channel
          </label>
          <select
            id="training-channel"
            class="select"
            value={training.channel.value}
            onChange={(event) => training.chooseChannel(Number(event.currentTarget.value))}
          >
            {training.channels.value.map((channel, index) => (
              <option key={index} value={index}>
                {channel === String(index) ? `Channel ${index + 1}` : channel}
              </option>
            ))}
          </select>
          <p class="key-field__help">One is trained on; channels look too different for one model.</p>
        </div>
      )}
      <OpenButtons prominent={false} />
    </fieldset>
  );
}
