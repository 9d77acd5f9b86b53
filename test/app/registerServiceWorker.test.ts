import { afterEach, expect, it, vi } from "vitest";
import { registerServiceWorker } from "../../packages/app/src/service/registerServiceWorker.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the browser has of a site's service workers. */
class Registration extends EventTarget {
  installing: EventTarget | null = null;
  waiting: EventTarget | null = null;
  active: EventTarget | null = null;

  /** A version comes, is fetched, and waits. */
  update(): void {
    const worker = new EventTarget();
    this.installing = worker;
    this.dispatchEvent(new Event("updatefound"));
    [this.installing, this.waiting] = [null, worker];
    worker.dispatchEvent(new Event("statechange"));
  }
}

async function registered(registration: Registration): Promise<() => void> {
  vi.stubGlobal("navigator", { serviceWorker: { register: async () => registration } });
  const told = vi.fn();
  await registerServiceWorker(told);
  return told;
}

it("a new version that waits is told of, whether it was there or comes, and the first one is none", async () => {
  const registration = new Registration();
  const told = await registered(registration);
  registration.update();
  expect(told).not.toHaveBeenCalled();
  [registration.waiting, registration.active] = [null, registration.waiting];
  registration.update();
  expect(told).toHaveBeenCalledOnce();
  expect(await registered(registration)).toHaveBeenCalledOnce();
});
