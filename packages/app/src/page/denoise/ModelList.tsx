import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { ModelChoice, ModelSummary } from "../../engine/engine.js";
import { Icon } from "../controls/Icon.js";
import { Notice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import { hasModel } from "../session/training.js";
import { isSameModel } from "./isSameModel.js";
import "./model-list.css";

/** Models to denoise with: runs that the browser keeps, files that were opened, and what the site brings with it. */
export function ModelList({
  label,
  value,
  onChange,
  onOpening,
}: {
  readonly label: string;
  readonly value: ModelChoice | undefined;
  readonly onChange: (model: ModelChoice) => void;
  /** What is chosen is being opened, which may take a while. */
  readonly onOpening: (coming: Promise<ModelSummary | undefined>) => Promise<void>;
}): JSX.Element {
  const { images, training, machine, methods, panel } = useSession();
  const input = useRef<HTMLInputElement>(null);
  const models = [
    ...training.runs.value.filter(hasModel).map((run) => ({
      choice: { run: run.run },
      name: run.run,
      what: `${methods.value.find((method) => method.name === run.method)?.title ?? run.method}, ${run.state === "finished" ? "finished" : "paused"} at update ${run.update} of ${run.updates}`,
    })),
    ...images.models.value.map((model) => ({
      choice: { model: model.model },
      name: model.name,
      what: model.summary,
    })),
  ];
  if (machine.value && !machine.value.adapter) {
    return (
      <Notice kind="warning">
        <p>Trained models need WebGPU or WebAssembly, which this browser does not offer.</p>
      </Notice>
    );
  }
  return (
    <fieldset class="models">
      <legend class="visually-hidden">{label}</legend>
      {models.length === 0 && (
        <p class="panel__note">
          No model of your own yet.{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              panel.value = "train";
            }}
          >
            Train one
          </button>{" "}
          on your images, open a file of <code>clidim train</code> or of the BioImage Model Zoo, or take a
          ready one.
        </p>
      )}
      {models.map(({ choice, name, what }) => (
        <label
          key={"run" in choice ? `run ${choice.run}` : choice.model}
          class="methods__one"
          data-chosen={isSameModel(value, choice)}
        >
          <input
            type="radio"
            name={`models-${label}`}
            checked={isSameModel(value, choice)}
            onChange={() => onChange(choice)}
          />
          <span class="models__name">{name}</span>
          <span class="methods__facts">{what}</span>
        </label>
      ))}
      {images.ready.value.map(({ name, title, summary }) => (
        <label key={name} class="methods__one" data-chosen={false}>
          <input
            type="radio"
            name={`models-${label}`}
            checked={false}
            onChange={() => {
              void onOpening(images.openReady(name));
            }}
          />
          <span class="models__name">{title}</span>
          <span class="methods__facts">{summary}</span>
        </label>
      ))}
      <button type="button" class="button models__open" onClick={() => input.current?.click()}>
        <Icon name="open" />
        Open a model file
      </button>
      <input
        ref={input}
        type="file"
        accept=".safetensors,.onnx,.zip"
        hidden
        aria-label="Model file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (!file) return;
          void onOpening(images.open([{ path: file.name, file }]).then(([opened]) => opened));
        }}
      />
    </fieldset>
  );
}
