import type { JSX } from "preact";
import { narrow } from "../narrow.js";

const RADIUS = 300;

/** Ticks of the cross hairs, out where nothing is written: a longer one at every fifth. */
const ticks = Array.from({ length: 59 }, (_, i) => i - 29).filter((i) => Math.abs(i) > 21);

/** The field of view of a microscope, drawn faintly behind what is written there. */
export const Field = (): JSX.Element => (
  <svg
    class="welcome__field"
    viewBox={`${-RADIUS - 20} ${-RADIUS - 20} ${2 * RADIUS + 40} ${2 * RADIUS + 40}`}
    preserveAspectRatio={`xMidYMid ${narrow.value ? "slice" : "meet"}`}
    aria-hidden="true"
    focusable="false"
  >
    <g fill="none" stroke="currentColor" stroke-width="1">
      <circle r={RADIUS} />
      <path
        d={ticks
          .map((i) => {
            const half = i % 5 === 0 ? 7 : 3.5;
            const at = 10 * i;
            return `M${at} ${-half}v${2 * half}M${-half} ${at}h${2 * half}`;
          })
          .join("")}
      />
    </g>
  </svg>
);
