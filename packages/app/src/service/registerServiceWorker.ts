/** Has the site kept for use without a network. Where that cannot be, as in some private windows, it works all the same while there is one. `onNewVersion` is told of a version that waits for the pages of this one to be closed. */
export async function registerServiceWorker(onNewVersion: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register("./service-worker.js");
    const look = (): void => {
      // A page that no version serves, such as that of the first visit, is not of an old one.
      if (registration.waiting && navigator.serviceWorker.controller) onNewVersion();
    };
    const follow = (): void => registration.installing?.addEventListener("statechange", look);
    look();
    // It may have been found before there was anybody to hear of it.
    follow();
    registration.addEventListener("updatefound", follow);
  } catch (error) {
    console.warn("Not kept for use without a network:", error);
  }
}
