import type { JSX } from "preact";
import { useId } from "preact/hooks";
import "./slider.css";

/** A number between two, with its name and what it stands for in words. */
export function Slider({
  label,
  value,
  least,
  greatest,
  step = 1,
  text,
  colour,
  onInput,
}: {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly greatest: number;
  readonly step?: number;
  readonly text: string;
  /** Of what the value stands for, beside its words. */
  readonly colour?: string | undefined;
  readonly onInput: (value: number) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="slider">
      <label class="slider__label" for={id}>
        {label}
      </label>
      <input
        id={id}
        type="range"
        min={least}
        max={greatest}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <output class="slider__value numbers" for={id}>
        {colour !== undefined && (
          <span class="slider__colour" style={{ background: colour }} aria-hidden="true" />
        )}
        {text}
      </output>
    </div>
  );
}
