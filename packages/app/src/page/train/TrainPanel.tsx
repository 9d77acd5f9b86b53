import type { JSX } from "preact";
import { useSession } from "../session/context.js";
import { RunList } from "./RunList.js";
import { TrainForm } from "./TrainForm.js";
import { TrainJobView } from "./TrainJobView.js";
import { TrainNews } from "./TrainNews.js";

/** The form, or what runs; and the runs that the browser keeps. */
export function TrainPanel(): JSX.Element {
  const { training } = useSession();
  const job = training.running.value;
  return (
    <>
      {training.hasNews.value && (
        <div class="panel">
          <TrainNews />
        </div>
      )}
      {job ? <TrainJobView job={job} /> : <TrainForm />}
      {!job && training.runs.value.length > 0 && (
        <section class="panel" aria-labelledby="stored-runs">
          <h2 id="stored-runs">Trainings kept in this browser</h2>
          <RunList />
        </section>
      )}
    </>
  );
}
