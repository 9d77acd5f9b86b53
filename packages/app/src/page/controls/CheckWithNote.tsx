import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

/** A check box for a signal, with what it means below its title. */
export function CheckWithNote({
  checked,
  title,
  note,
}: {
  readonly checked: Signal<boolean>;
  readonly title: string;
  readonly note: string;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked.value}
        onChange={(event) => {
          checked.value = event.currentTarget.checked;
        }}
      />
      <span>
        {title}
        <span class="check__note">{note}</span>
      </span>
    </label>
  );
}
