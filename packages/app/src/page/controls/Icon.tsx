import type { JSX } from "preact";

/** Line drawings in a square of 20, in the colour of the text. */
const paths = {
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4",
  contrast: "M10 3.5a6.5 6.5 0 1 0 0 13zM10 3.5a6.5 6.5 0 0 1 0 13",
  profile: "M3 15l4-6 3 3 3-8 4 11",
  close: "M5 5l10 10M15 5L5 15",
  save: "M10 3v9m0 0l-3.5-3.5M10 12l3.5-3.5M4 16.5h12",
  open: "M3 15.5V5h5l1.5 2H17v8.5z",
  out: "M10 4.5v7M10 14.2v.3",
  fine: "M5 10.5l3.2 3.2L15 7",
  pause: "M7 4.5v11M13 4.5v11",
  stop: "M5.5 5.5h9v9h-9z",
  play: "M6 4.5l9 5.5-9 5.5z",
  trash: "M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6",
} as const;

export type IconName = keyof typeof paths;

/** Says nothing by itself: the control that it is in has a name. */
export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
    <path
      d={paths[name]}
      fill={name === "stop" || name === "play" ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>
);
