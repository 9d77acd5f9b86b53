import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Slider } from "../controls/Slider.js";
import { valueText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { followAnswer } from "../session/followAnswer.js";
import { contrastScale } from "./contrastScale.js";
import { type HistogramAxis, histogramAxis } from "./histogramAxis.js";
import "./contrast-inspector.css";

const HEIGHT = 100;

/** A closed outline over the bins; the heights are roots, so that rare bright pixels are seen beside the background. */
function outline(counts: Float64Array, most: number): string {
  const points = [...counts].map((count, i) => {
    const y = HEIGHT * (1 - Math.sqrt(count / most));
    return `L${i} ${y.toFixed(1)}L${i + 1} ${y.toFixed(1)}`;
  });
  return `M0 ${HEIGHT}${points.join("")}L${counts.length} ${HEIGHT}Z`;
}

/** What is drawn: outlines over bins. */
interface Histograms extends HistogramAxis {
  /** The greatest grey value of before. */
  readonly brightest: number;
  readonly before: string;
  readonly after?: string;
}

/** The histograms of before and after, and the grey values that are shown as black and white, the same for both. */
export function ContrastInspector(): JSX.Element | null {
  const { viewer, images, painter } = useSession();
  const drawn = useSignal<Histograms | undefined>(undefined);
  useEffect(
    () =>
      followAnswer({
        asked: () => {
          const [before, after] = [viewer.before.value, viewer.after.value];
          if (!before) return undefined;
          const whole = images.current.value?.dtype.includes("int") === true;
          return { ...histogramAxis(before.facts, whole), layers: [before, ...(after ? [after] : [])] };
        },
        subject: ({ layers }) => layers[0]!.plane.image, // that of before
        answer: async ({ layers, least, greatest, bins }) => {
          const planes = layers.map(({ plane }) => plane);
          const [one, other] = await painter.histograms(planes, least, greatest, bins);
          const shares = layers.map(({ facts }) => facts.width * facts.height);
          // Denoised backgrounds are narrow peaks, which may leave the top.
          const most = 1.6 * Math.max(...one!); // that of before
          const share = shares[0]! / (shares[1] ?? 1);
          return {
            ...{ least, greatest, bins, before: outline(one!, most) },
            brightest: layers[0]!.facts.greatest,
            ...(other && {
              after: outline(
                other.map((count) => Math.min(most, count * share)),
                most,
              ),
            }),
          };
        },
        into: drawn,
        onError: viewer.fail,
      }),
    [images, viewer, painter],
  );
  const shown = drawn.value;
  if (!shown) return null;
  const { least, greatest, bins, brightest } = shown;
  const { low, high } = viewer.shownContrast.value;
  const mode = viewer.shownMode.value;
  const { step, last, positionOf, valueAt } = contrastScale(least, greatest, brightest);
  const part = (value: number): number => Math.min(1, Math.max(0, (value - least) / (greatest - least)));
  return (
    <section class="contrast" aria-label="Contrast">
      <div class="contrast__plot">
        <svg
          viewBox={`0 0 ${bins} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={shown.after ? "Histograms of before and after" : "Histogram"}
        >
          <path class="contrast__before" d={shown.before} />
          {shown.after && <path class="contrast__after" d={shown.after} />}
          <rect class="contrast__outside" x={0} y={0} width={bins * part(low)} height={HEIGHT} />
          <rect
            class="contrast__outside"
            x={bins * part(high)}
            y={0}
            width={bins * (1 - part(high))}
            height={HEIGHT}
          />
        </svg>
        {shown.after && (
          <p class="contrast__key" aria-hidden="true">
            <span class="contrast__swatch contrast__swatch--before" /> before
            <span class="contrast__swatch contrast__swatch--after" /> after
          </p>
        )}
      </div>
      <div class="contrast__ends">
        {(mode === "residual" || mode === "uncertainty") && (
          <p class="contrast__note">Of before and after: what is shown now has a scale of its own.</p>
        )}
        <Slider
          label="Black"
          value={positionOf(low)}
          least={0}
          greatest={last}
          text={valueText(low)}
          onInput={(position) => {
            viewer.contrast.value = { low: Math.min(valueAt(position), high - step), high };
          }}
        />
        <Slider
          label="White"
          value={positionOf(high)}
          least={0}
          greatest={last}
          text={valueText(high)}
          onInput={(position) => {
            viewer.contrast.value = { low, high: Math.max(valueAt(position), low + step) };
          }}
        />
        <button
          type="button"
          class="button button--quiet"
          disabled={viewer.contrast.value === undefined}
          onClick={() => {
            viewer.contrast.value = undefined;
          }}
        >
          Automatic
        </button>
      </div>
    </section>
  );
}
