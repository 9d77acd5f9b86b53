import { type Signal, signal } from "@preact/signals";

/** Whether a new version of the site waits for the pages of this one to be closed. */
export const newVersion: Signal<boolean> = signal(false);
