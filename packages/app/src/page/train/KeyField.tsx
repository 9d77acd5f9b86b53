import type { KeyDescription } from "@clidim/denoise";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { numberText, optionsOf, standardValue, textOf, typedNumber } from "./keyValues.js";

const withoutKey = <T,>(record: Readonly<Record<string, T>>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

/** "learningRate" as people read it: "learning rate"; of a group, "normalization: low". */
const titleOf = (key: string): string =>
  key
    .split(".")
    .map((part) =>
      part.replace(/([a-z])([A-Z])/g, (_, one: string, two: string) => `${one} ${two.toLowerCase()}`),
    )
    .join(": ");

/** The field of one key: what it is, what it may be, what is wrong with it; a changed one can be set back. */
export function KeyField({ field }: { readonly field: KeyDescription }): JSX.Element {
  const { training } = useSession();
  const id = useId();
  /** As it was typed, while the field has the focus. */
  const [text, setText] = useState<string | undefined>(undefined);
  const { key, kind, allowed, description } = field;
  const standard = standardValue(field, {
    keys: training.form.value?.keys ?? [],
    preset: training.preset.value,
    values: training.values.value,
  });
  const changed = Object.hasOwn(training.values.value, key) || Object.hasOwn(training.mistyped.value, key);
  const value = Object.hasOwn(training.values.value, key) ? training.values.value[key] : standard;
  const typed = training.mistyped.value[key];
  const problem =
    typed === undefined
      ? training.problems.value.find(({ keys }) => keys.includes(key))?.sentence
      : `Expected ${allowed}.`;

  const set = (next: unknown): void => {
    training.mistyped.value = withoutKey(training.mistyped.value, key);
    const same = JSON.stringify(next) === JSON.stringify(standard);
    training.values.value = same
      ? withoutKey(training.values.value, key)
      : { ...training.values.value, [key]: next };
  };
  const reset = (): void => {
    setText(undefined);
    training.mistyped.value = withoutKey(training.mistyped.value, key);
    training.values.value = withoutKey(training.values.value, key);
  };
  const type = (now: string): void => {
    const read = typedNumber(field, now);
    setText(now);
    if (now.trim() === "" && standard === undefined) reset();
    else if ("value" in read) set(read.value);
    else {
      training.values.value = withoutKey(training.values.value, key);
      training.mistyped.value = { ...training.mistyped.value, [key]: now };
    }
  };

  const shared = {
    id,
    "aria-describedby": `${id}-help`,
    "aria-invalid": problem !== undefined ? ("true" as const) : undefined,
  };
  const control = (): JSX.Element => {
    switch (kind) {
      case "whole number":
      case "number":
        return (
          <input
            {...shared}
            class="input numbers"
            inputMode={kind === "number" ? "decimal" : "numeric"}
            autocomplete="off"
            placeholder="automatic"
            value={typed ?? numberText(text, value)}
            onInput={(event) => type(event.currentTarget.value)}
            onBlur={() => setText(undefined)}
          />
        );
      case "choice":
        return (
          <select
            {...shared}
            class="select"
            value={textOf(value)}
            onChange={({ currentTarget: { value: chosen } }) => (chosen === "" ? reset() : set(chosen))}
          >
            {standard === undefined && <option value="">automatic</option>}
            {optionsOf(field).map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </select>
        );
      case "switch":
        return (
          <select
            {...shared}
            class="select"
            value={textOf(value)}
            onChange={(event) => set(event.currentTarget.value === "true")}
          >
            <option value="true">yes</option>
            <option value="false">no</option>
          </select>
        );
      case "list": {
        const listed = Array.isArray(value) ? value.map(String) : [];
        return (
          <fieldset class="key-field__list" aria-describedby={`${id}-help`}>
            <legend class="visually-hidden">{titleOf(key)}</legend>
            {optionsOf(field).map((option) => (
              <label key={option} class="check">
                <input
                  type="checkbox"
                  checked={listed.includes(option)}
                  onChange={(event) =>
                    set(
                      event.currentTarget.checked
                        ? [...listed, option]
                        : listed.filter((other) => other !== option),
                    )
                  }
                />
                {option}
              </label>
            ))}
          </fieldset>
        );
      }
      default:
        return kind satisfies never;
    }
  };

  return (
    <div class="key-field" data-changed={changed}>
      <div class="key-field__head">
        {kind === "list" ? (
          <span class="key-field__name">{titleOf(key)}</span>
        ) : (
          <label class="key-field__name" for={id}>
            {titleOf(key)}
          </label>
        )}
        {changed && (
          <button
            type="button"
            class="link key-field__reset"
            aria-label={`Set ${titleOf(key)} back to ${textOf(standard) || "automatic"}`}
            onClick={reset}
          >
            back to {textOf(standard) || "automatic"}
          </button>
        )}
      </div>
      {control()}
      <p class="key-field__help" id={`${id}-help`}>
        {problem !== undefined && <span class="key-field__problem">{sentenceText(problem)} </span>}
        {description}
        {(kind === "number" || kind === "whole number") && problem === undefined && ` Allowed: ${allowed}.`}
      </p>
    </div>
  );
}
