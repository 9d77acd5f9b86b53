import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { Slider } from "../controls/Slider.js";
import { valueText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { histogramOf } from "../stage/histogram.js";
import "./contrast-inspector.css";

/** At most. */
const BINS = 192;
const HEIGHT = 100;

/** A closed outline over the bins; the heights are roots, so that rare bright pixels are seen beside the background. */
function outline(counts: Float64Array, most: number): string {
  const points = [...counts].map((count, i) => {
    const y = HEIGHT * (1 - Math.sqrt(count / most));
    return `L${i} ${y.toFixed(1)}L${i + 1} ${y.toFixed(1)}`;
  });
  return `M0 ${HEIGHT}${points.join("")}L${counts.length} ${HEIGHT}Z`;
}

/** The histograms of before and after, and the grey values that are shown as black and white, the same for both. */
export function ContrastInspector(): JSX.Element | null {
  const { viewer, images } = useSession();
  const drawn = useComputed(() => {
    const before = viewer.before.value?.pixels;
    const after = viewer.after.value?.pixels;
    if (!before) return undefined;
    // The brightest 0.1 % would leave most of the axis empty.
    const least = before.least;
    const top = Math.max(before.high + 0.3 * (before.high - before.low), least + Number.EPSILON);
    // Bins of unequally many whole numbers would look like a comb.
    const whole = images.current.value?.dtype.includes("int") === true;
    const width = whole ? Math.ceil((top - least) / BINS) : (top - least) / BINS;
    const bins = Math.ceil((top - least) / width);
    const greatest = least + bins * width;
    const one = histogramOf(before, least, greatest, bins);
    const other = after && histogramOf(after, least, greatest, bins);
    const share = other ? before.data.length / after.data.length : 1;
    // Denoised backgrounds are narrow peaks, which may leave the top.
    const most = 1.6 * Math.max(...one);
    return {
      least,
      greatest,
      bins,
      before: outline(one, most),
      after:
        other &&
        outline(
          other.map((count) => Math.min(most, count * share)),
          most,
        ),
    };
  });
  const shown = drawn.value;
  if (!shown) return null;
  const { least, greatest, bins } = shown;
  const { low, high } = viewer.shownContrast.value;
  const step = (greatest - least) / 500;
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
        <Slider
          label="Black"
          value={low}
          least={least}
          greatest={greatest}
          step={step}
          text={valueText(low)}
          onInput={(value) => {
            viewer.contrast.value = { low: Math.min(value, high - step), high };
          }}
        />
        <Slider
          label="White"
          value={high}
          least={least}
          greatest={greatest}
          step={step}
          text={valueText(high)}
          onInput={(value) => {
            viewer.contrast.value = { low, high: Math.max(value, low + step) };
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
