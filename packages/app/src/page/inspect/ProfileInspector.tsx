import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useSession } from "../session/context.js";
import { distancesAlong, valuesAlong } from "../stage/profile.js";
import { Plot, type PlotSeries } from "./Plot.js";
import "./profile-inspector.css";

/** Grey values along the line, before and after. */
export function ProfileInspector(): JSX.Element {
  const { images, viewer } = useSession();
  const curves = useComputed(() => {
    const image = images.current.value;
    const line = viewer.line.value;
    const before = viewer.before.value;
    const after = viewer.after.value;
    if (!image || !line || !before) return undefined;
    const x = distancesAlong(line);
    const series: PlotSeries[] = [
      { name: "before", colour: "--stage-before", values: valuesAlong(before.pixels, image, line, x) },
    ];
    // A preview has only a part of the image.
    if (after && after.region.width === image.width && after.region.height === image.height) {
      series.push({
        name: "after",
        colour: "--stage-after",
        values: valuesAlong(after.pixels, image, line, x),
      });
    }
    return { x, series };
  });
  const drawn = curves.value;
  return (
    <section class="profile" aria-label="Line profile">
      {drawn ? (
        <Plot
          label="Grey values along the line, before and after"
          xName="pixels along the line"
          height={132}
          {...drawn}
        />
      ) : (
        <p class="profile__hint">Drag a line over the image.</p>
      )}
    </section>
  );
}
