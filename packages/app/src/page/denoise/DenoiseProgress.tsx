import type { JSX } from "preact";
import { Icon } from "../controls/Icon.js";
import { Notice } from "../controls/Notice.js";
import { ProgressBar } from "../controls/ProgressBar.js";
import { durationText, sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import type { DenoiseJob } from "../session/denoising.js";

/** How far it is, how long it takes, and how to stop it. */
export function DenoiseProgress({ job }: { readonly job: DenoiseJob }): JSX.Element {
  const { denoising, images } = useSession();
  const { progress, preview, warnings } = job;
  const image = images.list.value.find(({ id }) => id === job.image);
  const name = image ? images.titleOf(image) : "the image";
  return (
    <div class="panel">
      <div class="panel__section" aria-live="polite">
        <p class="panel__lead">{job.stopping ? "Stopping at the next tile" : job.phase}</p>
        {!job.phase.startsWith(name) && <p class="panel__note">{name}</p>}
      </div>
      <div class="panel__section">
        <ProgressBar label="Denoising" done={progress?.done} />
        <p class="panel__note numbers">
          {progress
            ? `${progress.text}${progress.secondsLeft === undefined ? "" : `, ${durationText(progress.secondsLeft)} left`}`
            : "Working out how long it takes"}
        </p>
      </div>
      {preview && <p class="panel__note">What you look at came first; it is shown beside the original.</p>}
      {warnings.map((warning) => (
        <Notice key={warning} kind="warning">
          <p>{sentenceText(warning)}</p>
        </Notice>
      ))}
      <button
        type="button"
        class="button button--wide"
        disabled={job.stopping}
        onClick={() => void denoising.stop()}
      >
        <Icon name="stop" />
        Stop
      </button>
    </div>
  );
}
