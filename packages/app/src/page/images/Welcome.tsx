import type { JSX } from "preact";
import { narrow } from "../narrow.js";
import { useSession } from "../session/context.js";
import { RunList } from "../train/RunList.js";
import { TrainJobView } from "../train/TrainJobView.js";
import { TrainNews } from "../train/TrainNews.js";
import { AddressField } from "./AddressField.js";
import { Field } from "./Field.js";
import { OpenButtons } from "./OpenButtons.js";
import { OpenFailures } from "./OpenFailures.js";
import { Opening } from "./Opening.js";
import "./welcome.css";

/** The page before anything is open. */
export function Welcome(): JSX.Element {
  const { images, training } = useSession();
  const opening = images.opening.value;
  const job = training.running.value;
  return (
    <main class="welcome">
      <section class="welcome__drop" aria-labelledby="welcome-title" aria-busy={opening !== undefined}>
        <Field />
        <h1 class="welcome__title" id="welcome-title">
          {narrow.value ? "Open" : "Drop"} a microscopy image
        </h1>
        <p class="welcome__lead">
          TIFF, OME-TIFF, LSM, STK, PNG or an OME-Zarr folder. It is denoised on this machine: nothing is
          uploaded.
        </p>
        {opening === undefined ? (
          <>
            <OpenButtons prominent />
            <button
              type="button"
              class="button button--quiet welcome__sample"
              onClick={() => void images.openSample()}
            >
              No image at hand? Try the sample
            </button>
          </>
        ) : (
          <Opening />
        )}
        {images.models.value.length > 0 && (
          <p class="welcome__lead" role="status">
            The model {images.models.value.at(-1)!.name} is open. Now open an image to denoise with it.
          </p>
        )}
        <OpenFailures />
        <AddressField />
      </section>
      {(training.runs.value.length > 0 || job) && (
        <section class="welcome__runs" aria-labelledby="welcome-runs">
          <h2 id="welcome-runs">{job ? "A training goes on" : "Trainings kept in this browser"}</h2>
          <TrainNews />
          {job ? <TrainJobView job={job} /> : <RunList />}
        </section>
      )}
    </main>
  );
}
