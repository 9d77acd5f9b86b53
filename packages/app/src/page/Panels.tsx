import type { JSX } from "preact";
import { Tabs, tabId, tabPanelId } from "./controls/Tabs.js";
import { DenoisePanel } from "./denoise/DenoisePanel.js";
import { AxesChooser } from "./images/AxesChooser.js";
import { ImageList } from "./images/ImageList.js";
import { OpenFailures } from "./images/OpenFailures.js";
import { Opening } from "./images/Opening.js";
import { narrow } from "./narrow.js";
import { SavePanel } from "./save/SavePanel.js";
import { useSession } from "./session/context.js";
import type { Panel } from "./session/session.js";
import { TrainPanel } from "./train/TrainPanel.js";
import "./panels.css";

const labels: Readonly<Record<Panel, string>> = {
  images: "Images",
  denoise: "Denoise",
  train: "Train",
  save: "Save",
};

function contentOf(panel: Panel): JSX.Element {
  switch (panel) {
    case "images":
      return <ImageList />;
    case "denoise":
      return <DenoisePanel />;
    case "train":
      return <TrainPanel />;
    case "save":
      return <SavePanel />;
    default:
      return panel satisfies never;
  }
}

/** On a phone the list of images is not beside: what it has to say of opening, and its question about axes, stand above the other panels. */
function OpeningNews(): JSX.Element | null {
  const { images } = useSession();
  const doubtful = images.doubtful.value;
  if (images.opening.value === undefined && images.failures.value.length === 0 && !doubtful) return null;
  return (
    <div class="panel panels__news">
      <Opening />
      <OpenFailures />
      {doubtful && <AxesChooser image={doubtful} />}
    </div>
  );
}

/** What is done with the images: a tab each. */
export function Panels(): JSX.Element {
  const { panel, denoising, training, viewer } = useSession();
  const all: readonly Panel[] = narrow.value
    ? ["images", "denoise", "train", "save"]
    : ["denoise", "train", "save"];
  const shown = all.includes(panel.value) ? panel.value : "denoise";
  const busy: Readonly<Partial<Record<Panel, boolean>>> = {
    denoise: denoising.running.value !== undefined,
    train: training.running.value !== undefined,
  };
  return (
    <section class="panels" aria-label="Work">
      <Tabs
        label="Work"
        tabs={all.map((value) => ({ value, label: labels[value], busy: busy[value] ?? false }))}
        value={shown}
        onChange={(value) => {
          panel.value = value;
          // On a phone the inspector stands where the panel does.
          if (narrow.value) viewer.inspecting.value = "nothing";
        }}
      />
      <div
        class="panels__content"
        role="tabpanel"
        id={tabPanelId(shown)}
        aria-labelledby={tabId(shown)}
        key={shown}
      >
        {narrow.value && shown !== "images" && <OpeningNews />}
        {contentOf(shown)}
      </div>
    </section>
  );
}
