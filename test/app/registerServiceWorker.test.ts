import { afterEach, expect, it, vi } from "vitest";
import { registerServiceWorker } from "../../packages/app/src/service/registerServiceWorker.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the browser has of a site's service workers. */
class Registration extends EventTarget {
  installing: EventTarget | null = null;
  waiting: EventTarget | null = null;

  /** A version comes, and is fetched. */
  find(): void {
    this.installing = new EventTarget();
    this.dispatchEvent(new Event("updatefound"));
  }

  /** It is whole, and waits. */
  install(): void {
    const worker = this.installing!;
    [this.installing, this.waiting] = [null, worker];
    worker.dispatchEvent(new Event("statechange"));
  }
}

/** `controlled`: a version serves the page. */
async function registered(registration: Registration, controlled: boolean): Promise<() => void> {
  const controller = controlled ? new EventTarget() : null;
  vi.stubGlobal("navigator", { serviceWorker: { register: async () => registration, controller } });
  const told = vi.fn();
  await registerServiceWorker(told);
  return told;
}

it("a new version that waits is told of, whether it was there, is on its way or comes", async () => {
  const registration = new Registration();
  const told = await registered(registration, true);
  registration.find();
  const toldOfComing = await registered(registration, true);
  expect(told).not.toHaveBeenCalled();
  registration.install();
  expect(told).toHaveBeenCalledOnce();
  expect(toldOfComing).toHaveBeenCalledOnce();
  expect(await registered(registration, true)).toHaveBeenCalledOnce();
});

it("a page that no version serves is of none that is old", async () => {
  const registration = new Registration();
  const told = await registered(registration, false);
  registration.find();
  registration.install();
  expect(told).not.toHaveBeenCalled();
  expect(await registered(registration, false)).not.toHaveBeenCalled();
});
