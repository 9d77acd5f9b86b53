import type { JSX } from "preact";
import { Choices } from "../controls/Choices.js";
import { Icon } from "../controls/Icon.js";
import { useSession } from "../session/context.js";
import { magnification, zoomView } from "./view.js";
import type { Mode } from "./viewer.js";
import "./stage-bar.css";

const labels: Readonly<Record<Mode, string>> = {
  split: "Compare",
  before: "Before",
  after: "After",
  residual: "Residual",
  uncertainty: "Uncertainty",
};

/** What is shown of the image, and how near. */
export function StageBar(): JSX.Element {
  const { images, viewer, denoising } = useSession();
  const modes = viewer.modes.value;
  const scatter = denoising.result.value?.uncertainty?.kind === "scatter";
  const view = viewer.shownView.value;
  const zoom = (factor: number): void => {
    const image = images.current.value;
    const stage = viewer.stage.value;
    if (!image || !view) return;
    viewer.view.value = zoomView(view, factor, { x: stage.width / 2, y: stage.height / 2 }, image, stage);
  };
  const inspect = (what: "contrast" | "profile"): void => {
    viewer.inspecting.value = viewer.inspecting.value === what ? "nothing" : what;
  };
  return (
    <div class="stage-bar" role="toolbar" aria-label="Viewer">
      {modes.length > 1 ? (
        <Choices
          label="What is shown"
          choices={modes.map((value) => ({
            value,
            label: value === "uncertainty" && scatter ? "Scatter" : labels[value],
          }))}
          value={viewer.shownMode.value}
          onChange={(mode) => {
            viewer.mode.value = mode;
          }}
        />
      ) : (
        <span class="stage-bar__name">{images.current.value && images.titleOf(images.current.value)}</span>
      )}
      <div class="stage-bar__tools">
        <button
          type="button"
          class="stage-bar__tool"
          title="Contrast"
          aria-pressed={viewer.inspecting.value === "contrast"}
          onClick={() => inspect("contrast")}
        >
          <Icon name="contrast" />
          <span class="stage-bar__label">Contrast</span>
        </button>
        <button
          type="button"
          class="stage-bar__tool"
          title="Line profile"
          aria-pressed={viewer.inspecting.value === "profile"}
          onClick={() => inspect("profile")}
        >
          <Icon name="profile" />
          <span class="stage-bar__label">Profile</span>
        </button>
        <span class="stage-bar__zoom">
          <button
            type="button"
            class="button button--icon"
            aria-label="Smaller"
            onClick={() => zoom(1 / 1.5)}
          >
            <Icon name="minus" />
          </button>
          <output class="numbers" aria-label="Zoom">
            {view ? `${Math.round(100 * magnification(view))} %` : ""}
          </output>
          <button type="button" class="button button--icon" aria-label="Larger" onClick={() => zoom(1.5)}>
            <Icon name="plus" />
          </button>
          <button
            type="button"
            class="button button--icon"
            aria-label="Show the whole image"
            onClick={() => {
              viewer.view.value = undefined;
            }}
          >
            <Icon name="fit" />
          </button>
        </span>
      </div>
    </div>
  );
}
