import type { Training } from "./session/training.js";

/** Lists the stored runs anew when somebody comes back to the page: another one may have begun, ended or removed some. That they cannot be listed is not said, or it would be each time. Returns what ends it. */
export function watchRuns({ running, refresh }: Pick<Training, "running" | "refresh">): () => void {
  let listing = false;
  const list = async (): Promise<void> => {
    // What trains here lists them when it ends.
    if (listing || running.peek() || document.visibilityState !== "visible") return;
    listing = true;
    await refresh({ quietly: true });
    listing = false;
  };
  const look = (): void => void list();
  document.addEventListener("visibilitychange", look);
  // Of windows beside each other, all are visible.
  window.addEventListener("focus", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("focus", look);
  };
}
