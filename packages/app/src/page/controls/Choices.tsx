import type { JSX } from "preact";
import { useId } from "preact/hooks";
import "./choices.css";

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** One of a few, side by side. */
export function Choices<T extends string>({
  label,
  choices,
  value,
  onChange,
}: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const name = useId();
  return (
    <div class="choices" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} class="choices__one">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </div>
  );
}
