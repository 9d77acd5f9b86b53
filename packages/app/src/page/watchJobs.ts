import { effect } from "@preact/signals";
import type { Session } from "./session/session.js";

const TITLE = "CLIDiM";

const ask = (event: BeforeUnloadEvent): void => {
  event.preventDefault();
  // For Chrome and Edge before 119.
  event.returnValue = true;
};

/** While something runs: its progress in the title; and a question before the page is left, as while a result is not saved. Returns what ends it. */
export const watchJobs = ({ denoising, training }: Session): (() => void) =>
  effect(() => {
    const denoises = denoising.running.value;
    const trains = training.running.value;
    const { update = 0, updates = 1 } = trains?.latest ?? {};
    const done = denoises ? (denoises.progress?.done ?? 0) : update / updates;
    const what = denoises ? "denoising" : "training";
    document.title = denoises || trains ? `${Math.floor(100 * done)} % ${what} - ${TITLE}` : TITLE;
    if (!denoises && !trains && !denoising.unsaved.value) return undefined;
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  });
