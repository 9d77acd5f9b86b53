import type { JSX } from "preact";
import { FailureNotice, Notice } from "../controls/Notice.js";
import { useSession } from "../session/context.js";
import { RunList } from "./RunList.js";
import { TrainForm } from "./TrainForm.js";
import { TrainJobView } from "./TrainJobView.js";

function FinishedNotice(): JSX.Element | null {
  const { training, denoising, panel } = useSession();
  const finished = training.finished.value;
  if (!finished) return null;
  const { run, completed, kept } = finished;
  const title = completed
    ? `${run.run} is trained`
    : kept
      ? `The best of ${run.run} is kept`
      : `${run.run} is paused`;
  return (
    <Notice
      kind="note"
      title={title}
      onDismiss={() => {
        training.finished.value = undefined;
      }}
    >
      {run.best !== undefined && <p>{run.best}</p>}
      {!completed && <p>It can go on from here at any time, also after a reload.</p>}
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
    </Notice>
  );
}

/** The form, or what runs; and the runs that the browser keeps. */
export function TrainPanel(): JSX.Element {
  const { training } = useSession();
  const job = training.running.value;
  return (
    <>
      {(training.failure.value || training.finished.value) && (
        <div class="panel">
          {training.failure.value && (
            <FailureNotice
              failure={training.failure.value}
              title="The training did not go on"
              onDismiss={() => {
                training.failure.value = undefined;
              }}
            >
              <p>What was saved is among the stored runs.</p>
            </FailureNotice>
          )}
          <FinishedNotice />
        </div>
      )}
      {job ? <TrainJobView job={job} /> : <TrainForm />}
      {!job && training.runs.value.length > 0 && (
        <section class="panel" aria-labelledby="stored-runs">
          <h2 id="stored-runs">Runs kept in this browser</h2>
          <RunList />
        </section>
      )}
    </>
  );
}
