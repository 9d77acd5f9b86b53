import type { JSX } from "preact";
import { useSession } from "../session/context.js";
import "./divider.css";

const bounded = (part: number): number => Math.min(1, Math.max(0, part));

/** The line between before and after: moved by pointers, and as a slider by the keyboard. */
export function Divider(): JSX.Element {
  const { viewer } = useSession();
  const { divider, stage } = viewer;
  const part = divider.value;
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const to = {
      ArrowLeft: part - step,
      ArrowDown: part - step,
      ArrowRight: part + step,
      ArrowUp: part + step,
      PageDown: part - 0.1,
      PageUp: part + 0.1,
      Home: 0,
      End: 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    divider.value = bounded(to);
  };
  return (
    <>
      <span class="divider__name divider__name--before" aria-hidden="true" data-hidden={part < 0.12}>
        Before
      </span>
      <span class="divider__name divider__name--after" aria-hidden="true" data-hidden={part > 0.88}>
        After
      </span>
      <div
        class="divider"
        style={{ left: `${100 * part}%` }}
        data-handle
        tabIndex={0}
        role="slider"
        aria-label="Divider between before and after"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * part)}
        aria-valuetext={`${Math.round(100 * part)} % of the width is before`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.focus();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          const box = event.currentTarget.parentElement!.getBoundingClientRect(); // The stage
          divider.value = bounded((event.clientX - box.left) / Math.max(1, stage.value.width));
        }}
        onDblClick={(event) => {
          event.stopPropagation();
          divider.value = 0.5;
        }}
      >
        <svg class="divider__grip" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
          <path
            d="M11.5 9.5L7 14l4.5 4.5M16.5 9.5L21 14l-4.5 4.5"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        </svg>
      </div>
    </>
  );
}
