/** Has the site kept for use without a network. Where that cannot be, as in some private windows, it works all the same while there is one. */
export async function registerServiceWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("./service-worker.js");
  } catch (error) {
    console.warn("Not kept for use without a network:", error);
  }
}
