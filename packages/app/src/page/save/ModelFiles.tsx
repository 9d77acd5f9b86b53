import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { ModelChoice, ModelFile } from "../../engine/engine.js";
import { FailureNotice } from "../controls/Notice.js";
import { SaveButton } from "../controls/SaveButton.js";
import { sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { type Failure, failureOf } from "../session/failure.js";
import { SizeFields, sizeFor } from "./SizeFields.js";
import { ZooArchive } from "./ZooArchive.js";
import "./save.css";

const files = [
  { kind: "safetensors", label: "Safetensors", note: "for clidim denoise, and for this page" },
  { kind: "onnx", label: "ONNX", note: "for everything with an ONNX runtime" },
] as const;

/** The files that a model can be taken away as; of those that it cannot be, why. */
export function ModelFiles({
  model,
  name,
}: {
  readonly model: ModelChoice;
  readonly name: string;
}): JSX.Element {
  const { engine, images } = useSession();
  const found = useSignal<readonly ModelFile[] | undefined>(undefined);
  const failure = useSignal<Failure | undefined>(undefined);
  const size = useSignal<readonly [height: number, width: number] | undefined>(undefined);
  // Another model has a list of its own, by the key of this component.
  useEffect(() => {
    engine.modelFiles(model).then(
      (answer) => {
        const multiple = multipleOf(answer);
        if (multiple !== undefined) size.value = sizeFor(images.current.peek(), multiple);
        found.value = answer;
      },
      (error: unknown) => {
        failure.value = failureOf(error);
      },
    );
  }, []);
  if (failure.value) return <FailureNotice failure={failure.value} />;
  if (!found.value) {
    return (
      <p class="panel__note" role="status">
        Looking at the model
      </p>
    );
  }
  const multiple = multipleOf(found.value);
  const wrong = multiple !== undefined && size.value?.some((side) => !(side > 0 && side % multiple === 0));
  const details = size.value ? { size: size.value } : {};
  const refusals = new Map(found.value.map(({ kind, refused }) => [kind, refused]));
  const [noArchive, noNetwork] = [refusals.get("bmz"), refusals.get("onnx")];
  return (
    <ul class="save-files">
      {multiple !== undefined && (
        <li>
          <SizeFields multiple={multiple} size={size} />
        </li>
      )}
      {files.map(({ kind, label, note }) => {
        const refused = refusals.get(kind);
        return (
          <li key={kind} class="save-files__one">
            <SaveButton
              file={() => engine.exportModel(model, kind, details)}
              label={label}
              disabled={refused !== undefined || (kind !== "safetensors" && wrong === true)}
            />
            <span class="panel__note">{refused === undefined ? note : sentenceText(refused)}</span>
          </li>
        );
      })}
      <li>
        {noArchive === undefined ? (
          <ZooArchive model={model} name={name} details={details} disabled={wrong === true} />
        ) : (
          <div class="save-files__one">
            <SaveButton file={() => engine.exportModel(model, "bmz")} label="BioImage Model Zoo" disabled />
            {noArchive !== noNetwork && <span class="panel__note">{sentenceText(noArchive)}</span>}
          </div>
        )}
      </li>
    </ul>
  );
}

const multipleOf = (all: readonly ModelFile[]): number | undefined =>
  all.find(({ multiple }) => multiple !== undefined)?.multiple;
