import { type ReadonlySignal, signal } from "@preact/signals";

const query = window.matchMedia("(max-width: 760px)");
const matches = signal(query.matches);
query.addEventListener("change", () => {
  matches.value = query.matches;
});

/** Whether the page is as narrow as a phone: the list of images is then a panel like the others. */
export const narrow: ReadonlySignal<boolean> = matches;
