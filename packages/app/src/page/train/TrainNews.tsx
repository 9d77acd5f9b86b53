import type { JSX } from "preact";
import { FailureNotice, Notice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import { hasModel } from "../session/training.js";

function FinishedNotice(): JSX.Element | null {
  const { training, denoising, images, panel } = useSession();
  const finished = training.finished.value;
  if (!finished) return null;
  const { run, completed } = finished;
  const early = run.update < run.updates ? `, finished at ${run.update} of ${run.updates}` : "";
  const title = completed ? `${run.run} is trained${early}` : `${run.run} is paused`;
  return (
    <Notice
      kind="note"
      title={title}
      onDismiss={() => {
        training.finished.value = undefined;
      }}
    >
      {run.best !== undefined && <p>{run.best}</p>}
      {run.goesOn && <p>It can go on from here at any time, also after a reload.</p>}
      {hasModel(run) && images.list.value.length > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            denoising.choice.value = { kind: "model", run: run.run };
            panel.value = "denoise";
          }}
        >
          Denoise with it
        </button>
      )}
    </Notice>
  );
}

function NotBegunNotice(): JSX.Element | null {
  const { training } = useSession();
  const run = training.notBegun.value;
  if (run === undefined) return null;
  return (
    <Notice
      kind="note"
      title={`${run} was stopped before it began`}
      onDismiss={() => {
        training.notBegun.value = undefined;
      }}
    >
      <p>Its images were not all in this browser's storage yet, so nothing of it is kept. Train it anew.</p>
    </Notice>
  );
}

/** How the last training ended. */
export function TrainNews(): JSX.Element | null {
  const { training } = useSession();
  if (!training.hasNews.value) return null;
  return (
    <>
      {training.failure.value && (
        <FailureNotice
          failure={training.failure.value}
          title={training.failure.value.title}
          onDismiss={() => {
            training.failure.value = undefined;
          }}
        >
          <p>What was saved is among the stored trainings.</p>
        </FailureNotice>
      )}
      <FinishedNotice />
      <NotBegunNotice />
    </>
  );
}
