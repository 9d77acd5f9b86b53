import type { JSX } from "preact";
import { Icon } from "../controls/Icon.js";
import { Notice } from "../controls/Notice.js";
import { ProgressBar } from "../controls/ProgressBar.js";
import { durationText, sentenceText, tensText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import type { TrainJob } from "../session/training.js";
import { BatteryNotice } from "./BatteryNotice.js";
import { Curves } from "./Curves.js";
import { RemovalNote } from "./RemovalNote.js";
import "./train-job.css";

const stoppingWords = {
  pause: "Pausing: the training is being saved",
  keep: "Stopping: the model is being kept",
} as const;

/** A training that runs: how far it is, its curves, a crop as the model denoises it by now, and its ends. */
export function TrainJobView({ job }: { readonly job: TrainJob }): JSX.Element {
  const { training, methods } = useSession();
  const title = methods.value.find(({ name }) => name === job.method)?.title ?? job.method;
  const last = job.latest;
  const left = last?.secondsLeft;
  const speed = last?.updatesPerSecond;
  return (
    <div class="panel">
      <div class="panel__section">
        <p class="panel__lead" aria-live="polite">
          {job.stopping ? stoppingWords[job.stopping] : (job.phase ?? `Training ${title}`)}
        </p>
        <ProgressBar label="Training" done={last && last.update / last.updates} />
        {/* Ten times a second is too much to be said. */}
        <p class="visually-hidden" role="status">
          {last && `${tensText(last.update / last.updates)} trained`}
        </p>
        <p class="panel__note numbers">
          {last
            ? [
                `Update ${last.update} of ${last.updates}`,
                ...(speed === undefined ? [] : [`${Number(speed.toPrecision(2))} per second`]),
                ...(left === undefined ? [] : [`${durationText(left)} left`]),
              ].join(", ")
            : "The first update takes longest: kernels are compiled"}
        </p>
      </div>
      <div class="buttons train-job__ends">
        <button
          type="button"
          class="button"
          disabled={job.stopping !== undefined}
          onClick={() => void training.stop("pause")}
        >
          <Icon name="pause" />
          Pause
        </button>
        <button
          type="button"
          class="button"
          disabled={job.stopping !== undefined}
          onClick={() => void training.stop("keep")}
        >
          <Icon name="stop" />
          Stop, keep the model
        </button>
      </div>
      <BatteryNotice />
      {job.preview !== undefined && (
        <figure class="train-job__preview">
          <img src={job.preview} alt="A fixed crop: noisy, denoised by now, and clean where there is one" />
          <figcaption class="panel__note">A fixed crop: noisy, and denoised by now</figcaption>
        </figure>
      )}
      <Curves history={job.history} />
      {job.warnings.length > 0 && (
        <Notice kind="warning" title="To be known of this training">
          <ul class="train-job__warnings">
            {job.warnings.map((warning) => (
              <li key={warning}>{sentenceText(warning)}</li>
            ))}
          </ul>
        </Notice>
      )}
      <p class="panel__note">
        {job.run}, with {title}. It is saved in this browser as it goes; leave the page and go on later.
      </p>
      <RemovalNote />
    </div>
  );
}
