import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ModelChoice } from "../../engine/engine.js";
import { CopyButton } from "../controls/CopyButton.js";
import { SaveButton } from "../controls/SaveButton.js";
import { ModelList } from "../denoise/ModelList.js";
import { useSession } from "../session/context.js";
import { latecomer } from "../session/latecomer.js";
import { ModelFiles } from "./ModelFiles.js";
import "./save.css";

const Command = ({ text }: { readonly text: string }): JSX.Element => (
  <div class="command">
    {/* A long line is scrolled by the keyboard too. */}
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
    <section class="command__text" tabIndex={0} aria-label="Command line">
      {text}
    </section>
    <CopyButton text={text} label="Copy" />
  </div>
);

/** Files to save: the result, the report, a model; and the command lines that do the same. */
export function SavePanel(): JSX.Element {
  const { denoising, images, training } = useSession();
  const chosen = useSignal<ModelChoice | undefined>(undefined);
  const chooseLater = useMemo(() => latecomer(chosen), [chosen]);
  const result = denoising.result.value;
  const map = result?.uncertainty;
  const model = chosen.value;
  const run = model && "run" in model ? training.runs.value.find((one) => one.run === model.run) : undefined;
  const modelName = !model
    ? ""
    : "run" in model
      ? model.run
      : (images.models.value.find((one) => one.model === model.model)?.name ?? model.model);
  const image = images.current.value;
  const name = image ? images.titleOf(image) : "this image";
  return (
    <div class="panel">
      <section class="panel__section" aria-labelledby="save-result">
        <h2 id="save-result">The result</h2>
        {result ? (
          <>
            <SaveButton
              file={images.titled(result.file)}
              label="Save the result"
              primary
              onSaved={() => denoising.saved(result.file)}
            />
            <p class="panel__note">
              In the format of {name}, with its metadata: {images.titled(result.file).name}
            </p>
            <div class="buttons">
              {result.report && <SaveButton file={images.titled(result.report)} label="Report" />}
              {map && (
                <SaveButton
                  file={images.titled(map.file)}
                  label={map.kind === "scatter" ? "Scatter" : "Uncertainty"}
                  onSaved={() => denoising.saved(map.file)}
                />
              )}
            </div>
          </>
        ) : (
          <p class="panel__note">Denoise {name} first: its result and the report are then here.</p>
        )}
      </section>
      {result && (
        <section class="panel__section" aria-labelledby="save-command">
          <h2 id="save-command">The same on a command line</h2>
          <Command text={result.command} />
        </section>
      )}
      <section class="panel__section" aria-labelledby="save-model">
        <h2 id="save-model">A model</h2>
        <ModelList
          label="Model to save"
          value={model}
          onChange={(taken) => {
            chosen.value = taken;
          }}
          onOpening={(coming) => chooseLater(coming.then((opened) => opened && { model: opened.model }))}
        />
        {model && <h3>Save it as</h3>}
        {model && <ModelFiles key={JSON.stringify(model)} model={model} name={modelName} />}
        {run && (
          <>
            <h3>The same training on a command line</h3>
            <Command text={run.command} />
            {run.commandNote !== undefined && <p class="panel__note">{run.commandNote}</p>}
          </>
        )}
      </section>
    </div>
  );
}
