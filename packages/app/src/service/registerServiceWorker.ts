/** Has the site kept for use without a network. Where that cannot be, as in some private windows, it works all the same while there is one. `onNewVersion` is told of a version that waits for the pages of this one to be closed. */
export async function registerServiceWorker(onNewVersion: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register("./service-worker.js");
    const look = (): void => {
      // The first one of all waits for a moment, too, and for nobody.
      if (registration.waiting && registration.active) onNewVersion();
    };
    look();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", look);
    });
  } catch (error) {
    console.warn("Not kept for use without a network:", error);
  }
}
