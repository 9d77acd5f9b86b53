import type { JSX } from "preact";
import { valueText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { scaleBar } from "./scaleBar.js";
import "./stage-scales.css";

/** Longest bar, CSS pixels. */
const LONGEST = 120;

/** What lengths and colours mean: the bar where the calibration is known, the scale of the residual and of the uncertainty. */
export function StageScales(): JSX.Element {
  const { images, viewer, denoising } = useSession();
  const pixelSize = images.current.value?.pixelSize;
  const view = viewer.shownView.value;
  const bar = pixelSize && view && scaleBar(pixelSize, view.scale, LONGEST);
  const mode = viewer.shownMode.value;
  const residual = valueText(viewer.residualLimit.value);
  const kind = denoising.result.value?.uncertainty?.kind;
  return (
    <div class="scales">
      {mode === "residual" && (
        <figure class="scales__colours">
          <span class="scales__strip scales__strip--residual" />
          <figcaption class="scales__ends numbers">
            <span>−{residual} added</span>
            <span>taken away {residual}</span>
          </figcaption>
        </figure>
      )}
      {mode === "uncertainty" && (
        <figure class="scales__colours">
          <span class="scales__strip scales__strip--uncertainty" />
          <figcaption class="scales__ends numbers">
            <span>{valueText(viewer.uncertaintyRange.value.low)}</span>
            <span>
              {kind === "scatter" ? "scatter between passes" : "standard deviation"}{" "}
              {valueText(viewer.uncertaintyRange.value.high)}
            </span>
          </figcaption>
        </figure>
      )}
      {bar && (
        <figure class="scales__bar" aria-label={`Scale bar: ${bar.text}`} role="img">
          <span class="scales__line" style={{ width: `${bar.width}px` }} />
          <span class="numbers">{bar.text}</span>
        </figure>
      )}
    </div>
  );
}
