import type { JSX } from "preact";
import { placeIn } from "../../engine/placeIn.js";
import { Slider } from "../controls/Slider.js";
import { useSession } from "../session/context.js";
import { placeText } from "./placeText.js";
import "./axis-sliders.css";

const labels = { C: "Channel", Z: "Depth", T: "Time" } as const;

/** A slider for each axis of planes that there are more than one of. */
export function AxisSliders(): JSX.Element | null {
  const { images, viewer } = useSession();
  const image = images.current.value;
  if (!image) return null;
  const axes = (["C", "Z", "T"] as const).flatMap((axis) => {
    const extent = image.shape[image.axes.indexOf(axis)] ?? 1;
    return extent > 1 ? [{ axis, extent }] : [];
  });
  if (axes.length === 0) return null;
  return (
    <div class="axis-sliders">
      {axes.map(({ axis, extent }) => {
        const index = viewer.place.value[axis] ?? 0;
        // Planes that fill no axes come one after the other.
        const mixed = axis === "T" && image.sparse !== undefined;
        const channel = axis === "C" ? image.channels[index] : undefined;
        const name = mixed ? placeText(image, viewer.place.value) : channel;
        const number = `${index + 1} of ${extent}`;
        const text = name !== undefined && name !== String(index) ? `${name}, ${number}` : number;
        return (
          <Slider
            key={axis}
            label={mixed ? "Plane" : labels[axis]}
            value={index + 1}
            least={1}
            greatest={extent}
            text={text}
            colour={axis === "C" ? image.channelColours?.[index] : undefined}
            onInput={(value) => {
              const before = viewer.place.value;
              viewer.place.value = { ...before, [axis]: value - 1 };
              // Channels differ in brightness.
              if (placeIn(image, before).C !== placeIn(image, viewer.place.value).C)
                viewer.contrast.value = undefined;
            }}
          />
        );
      })}
    </div>
  );
}
