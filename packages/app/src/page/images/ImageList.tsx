import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OpenedImage } from "../../engine/engine.js";
import { GiveUp } from "../controls/GiveUp.js";
import { Icon } from "../controls/Icon.js";
import { Notice } from "../controls/Notice.js";
import { bytesText, sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { AxesChooser } from "./AxesChooser.js";
import { OpenButtons } from "./OpenButtons.js";
import { OpenFailures } from "./OpenFailures.js";
import { Opening } from "./Opening.js";
import { Thumbnail } from "./Thumbnail.js";
import "./image-list.css";

/** Bytes of memory that a plane wants while it is denoised, by pixel: some copies as float32. */
const PER_PIXEL = 40;

function MemoryNotice({ image }: { readonly image: OpenedImage }): JSX.Element | null {
  const memory = useSession().machine.value?.memoryGiB;
  if (memory === undefined || image.width * image.height * PER_PIXEL < (memory * 2 ** 30) / 8) return null;
  return (
    <Notice kind="warning" title="Large for this machine">
      <p>
        The browser reports {memory} GiB of memory. The image is read in blocks; close other tabs, and expect
        it to take long.
      </p>
    </Notice>
  );
}

function Facts({ image }: { readonly image: OpenedImage }): JSX.Element {
  return (
    <div class="image-facts">
      <p>
        {image.summary}
        {image.bytes !== undefined && <span class="numbers">, {bytesText(image.bytes)}</span>}
      </p>
      {image.notes.map((note) => (
        <Notice key={note} kind="note">
          <p>{sentenceText(note)}</p>
        </Notice>
      ))}
      <AxesChooser image={image} />
      <MemoryNotice image={image} />
    </div>
  );
}

/** What is open, with what was read of it. */
export function ImageList(): JSX.Element {
  const { images, denoising, training } = useSession();
  const current = images.current.value;
  const inUse = (id: string): boolean =>
    denoising.running.value?.image === id || training.running.value !== undefined;
  /** The image whose closing has been asked for once. */
  const closing = useSignal<string | undefined>(undefined);
  const asking = (id: string): boolean => closing.value === id && denoising.unsavedOf(id) !== undefined;
  return (
    <div class="image-list">
      <OpenFailures />
      <ul class="image-list__images" aria-label="Open images">
        {images.list.value.map((image) => (
          <li key={image.id} class="image-list__one" data-current={image.id === current?.id}>
            <div class="image-list__row">
              <button
                type="button"
                class="image-list__select"
                aria-current={image.id === current?.id ? "true" : undefined}
                onClick={() => images.select(image.id)}
              >
                <Thumbnail image={image} />
                <span class="image-list__name">{images.titleOf(image)}</span>
              </button>
              {asking(image.id) ? (
                <GiveUp
                  what={`Its ${denoising.unsavedOf(image.id)} is not saved.`}
                  label="Close without saving"
                  disabled={inUse(image.id)}
                  onKeep={() => {
                    closing.value = undefined;
                  }}
                  onGiveUp={() => void images.close(image.id)}
                />
              ) : (
                <button
                  type="button"
                  class="button button--icon"
                  aria-label={`Close ${images.titleOf(image)}`}
                  disabled={inUse(image.id)}
                  onClick={() => {
                    closing.value = image.id;
                    if (!asking(image.id)) void images.close(image.id);
                  }}
                >
                  <Icon name="close" />
                </button>
              )}
            </div>
            {image.id === current?.id && <Facts image={image} />}
          </li>
        ))}
      </ul>
      <Opening />
      <OpenButtons prominent={false} />
    </div>
  );
}
