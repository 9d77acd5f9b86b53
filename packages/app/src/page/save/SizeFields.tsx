import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { OpenedImage } from "../../engine/engine.js";

/** Height and width. */
type Size = readonly [height: number, width: number];

/** Sides without an image to go by. */
const SIDE = 64;

/** An image's size in multiples that a model takes, no larger than the image where that is possible. */
export function sizeFor(image: Pick<OpenedImage, "height" | "width"> | undefined, multiple: number): Size {
  const fitting = (side: number): number => Math.max(1, Math.floor(side / multiple)) * multiple;
  return [fitting(image?.height ?? SIDE), fitting(image?.width ?? SIDE)];
}

/** The size of the images that a file is for. */
export function SizeFields({
  multiple,
  size,
}: {
  readonly multiple: number;
  readonly size: Signal<Size | undefined>;
}): JSX.Element {
  return (
    <>
      <p class="panel__note" id="size-help">
        This model draws random numbers, and ONNX files and archives of it are for images of one size. Sides
        are multiples of {multiple}.
      </p>
      {(["Height", "Width"] as const).map((label, i) => (
        <div key={label} class="key-field">
          <label class="key-field__name" for={`size-${label}`}>
            {label}
          </label>
          <input
            id={`size-${label}`}
            class="input"
            type="number"
            min={multiple}
            step={multiple}
            value={size.value?.[i]}
            aria-describedby="size-help"
            onInput={(event) => {
              const [height = 0, width = 0] = size.value ?? [];
              const side = event.currentTarget.valueAsNumber;
              size.value = i === 0 ? [side, width] : [height, side];
            }}
          />
        </div>
      ))}
    </>
  );
}
