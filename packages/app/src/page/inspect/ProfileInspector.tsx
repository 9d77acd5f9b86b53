import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useSession } from "../session/context.js";
import { followAnswer } from "../session/followAnswer.js";
import { Plot, type PlotSeries } from "./Plot.js";
import "./profile-inspector.css";

/** The curves of before and after. */
const KINDS = [
  { name: "before", colour: "--stage-before" },
  { name: "after", colour: "--stage-after" },
] as const;

/** Grey values along the line, before and after. */
export function ProfileInspector(): JSX.Element {
  const { images, viewer, painter } = useSession();
  const curves = useSignal<
    { readonly x: readonly number[]; readonly series: readonly PlotSeries[] } | undefined
  >(undefined);
  useEffect(
    () =>
      followAnswer({
        asked: () => {
          const image = images.current.value;
          const line = viewer.line.value;
          const [before, after] = [viewer.before.value, viewer.after.value];
          if (!image || !line || !before) return undefined;
          const { width, height } = image;
          // A preview has only a part of the image.
          const whole = after?.region.width === width && after.region.height === height;
          return { size: { width, height }, line, planes: [before.plane, ...(whole ? [after.plane] : [])] };
        },
        subject: ({ planes }) => planes[0]!.image, // that of before
        answer: async ({ planes, size, line }) => {
          const { distances, values } = await painter.profiles(planes, size, line);
          return { x: distances, series: values.map((one, i) => ({ ...KINDS[i]!, values: one })) };
        },
        into: curves,
        onError: viewer.fail,
      }),
    [images, viewer, painter],
  );
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
