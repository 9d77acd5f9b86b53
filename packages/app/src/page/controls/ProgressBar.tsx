import type { JSX } from "preact";
import "./progress.css";

/** How far something is, from 0 to 1; without a number, that it goes on. */
export const ProgressBar = ({
  label,
  done,
}: {
  readonly label: string;
  readonly done?: number | undefined;
}): JSX.Element => (
  <div
    class={done === undefined ? "progress progress--unknown" : "progress"}
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    {...(done !== undefined && { "aria-valuenow": Math.round(100 * done) })}
  >
    <span class="progress__bar" style={{ width: `${100 * (done ?? 0.3)}%` }} />
  </div>
);
