import type { JSX } from "preact";
import type { MethodForm } from "../../engine/engine.js";
import "./method-cards.css";

/** Methods to choose one of, with what somebody should know before: what it needs, how long it takes, where to take it, what it cannot. Those that cannot be taken say why. */
export function MethodCards({
  label,
  methods,
  value,
  obstacleOf,
  onChange,
}: {
  readonly label: string;
  readonly methods: readonly MethodForm[];
  readonly value: string | undefined;
  readonly obstacleOf: (method: MethodForm) => string | undefined;
  readonly onChange: (name: string) => void;
}): JSX.Element {
  const group = `methods-${label.replaceAll(" ", "-")}`;
  return (
    <fieldset class="methods">
      <legend class="visually-hidden">{label}</legend>
      {methods.map((method) => {
        const obstacle = obstacleOf(method);
        const chosen = method.name === value;
        return (
          <label key={method.name} class="methods__one" data-chosen={chosen}>
            <input
              type="radio"
              name={group}
              value={method.name}
              checked={chosen}
              disabled={obstacle !== undefined}
              aria-describedby={`${group}-${method.name}`}
              onChange={() => onChange(method.name)}
            />
            <span class="methods__head">
              <span class="methods__title">{method.title}</span>
              <span class="methods__time">{method.time}</span>
            </span>
            <span class="methods__facts" id={`${group}-${method.name}`}>
              {obstacle !== undefined && <span class="methods__obstacle">{obstacle}</span>}
              {chosen ? (
                <>
                  <span>
                    <b>Needs</b> {method.needs}.
                  </span>
                  <span>
                    <b>Take it where</b> {method.when}.
                  </span>
                  <span>
                    <b>It cannot</b> {method.cannot}.
                  </span>
                </>
              ) : (
                <span class="methods__brief">Take it where {method.when}.</span>
              )}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
