import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { DenoisedImage } from "../../engine/engine.js";
import { useSession } from "../session/context.js";
import { DenoiseForm } from "./DenoiseForm.js";
import { DenoiseProgress } from "./DenoiseProgress.js";
import { DenoiseResult } from "./DenoiseResult.js";

/** The form, what runs, or what came out, of the image that is looked at. */
export function DenoisePanel(): JSX.Element {
  const { denoising, images } = useSession();
  /** The result that shall be another one: the form is open until there is one. */
  const again = useSignal<DenoisedImage | undefined>(undefined);
  const job = denoising.running.value;
  if (job && job.image === images.current.value?.id) return <DenoiseProgress job={job} />;
  const result = denoising.result.value;
  if (!result) return <DenoiseForm />;
  if (again.value === result || denoising.failure.value) {
    return (
      <DenoiseForm
        onCancel={() => {
          again.value = undefined;
          denoising.dismiss();
        }}
      />
    );
  }
  return (
    <DenoiseResult
      result={result}
      onAgain={() => {
        again.value = result;
      }}
    />
  );
}
