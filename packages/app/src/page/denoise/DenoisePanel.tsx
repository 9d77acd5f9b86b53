import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useSession } from "../session/context.js";
import { DenoiseForm } from "./DenoiseForm.js";
import { DenoiseProgress } from "./DenoiseProgress.js";
import { DenoiseResult } from "./DenoiseResult.js";

/** The form, what runs, or what came out. */
export function DenoisePanel(): JSX.Element {
  const { denoising, images } = useSession();
  /** The image whose form is open although it has a result. */
  const again = useSignal<string | undefined>(undefined);
  // What it asked for is the result then.
  useSignalEffect(() => {
    if (denoising.running.value) again.value = undefined;
  });
  const job = denoising.running.value;
  if (job) return <DenoiseProgress job={job} />;
  const result = denoising.result.value;
  const image = images.current.value?.id;
  if (!result || denoising.failure.value) return <DenoiseForm />;
  if (again.value === image) {
    return (
      <DenoiseForm
        onCancel={() => {
          again.value = undefined;
        }}
      />
    );
  }
  return (
    <DenoiseResult
      result={result}
      onAgain={() => {
        again.value = image;
      }}
    />
  );
}
