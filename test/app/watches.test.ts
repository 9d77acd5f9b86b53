import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Session } from "../../packages/app/src/page/session/session.js";
import { watchJobs } from "../../packages/app/src/page/watchJobs.js";
import { watchRuns } from "../../packages/app/src/page/watchRuns.js";

/** Listeners of the window and of the document, by their events. */
const listeners = new Map<string, (event: Partial<BeforeUnloadEvent>) => void>();
const target = {
  addEventListener: (name: string, listener: () => void) => listeners.set(name, listener),
  removeEventListener: (name: string) => listeners.delete(name),
};
const page = { ...target, visibilityState: "visible", title: "" };

/** Whatever was answered has been heard. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  vi.stubGlobal("window", target);
  vi.stubGlobal("document", page);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

it("a page that has something to lose asks before it is left, in browsers of any age", () => {
  const unsaved = signal(false);
  const denoising = { running: signal(undefined), unsaved };
  const session = { denoising, training: { running: signal(undefined) } };
  const end = watchJobs(session as unknown as Session); // as far as it is looked at
  expect(listeners.has("beforeunload")).toBe(false);
  unsaved.value = true;
  const event = { preventDefault: vi.fn(), returnValue: "" };
  listeners.get("beforeunload")!(event);
  expect(event.preventDefault).toHaveBeenCalledOnce();
  expect(event.returnValue).toBe(true);
  end();
  expect(listeners.size).toBe(0);
});

it("stored runs are listed anew when somebody comes back to the page, but not while one is trained here", async () => {
  let listed = 0;
  let answer = (): void => undefined;
  const refresh: Session["training"]["refresh"] = (how) => {
    // Or the page would say each time that they cannot be listed.
    expect(how).toEqual({ quietly: true });
    listed++;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const running = signal<never | undefined>(undefined);
  const end = watchRuns({ running, refresh });
  const come = (name: string): void => listeners.get(name)!({});
  page.visibilityState = "hidden";
  come("visibilitychange");
  expect(listed).toBe(0);
  page.visibilityState = "visible";
  come("visibilitychange");
  come("focus"); // both are told of another tab
  expect(listed).toBe(1);
  answer();
  await settled();
  come("focus");
  expect(listed).toBe(2);
  answer();
  await settled();
  running.value = {} as never; // a training
  come("focus");
  expect(listed).toBe(2);
  end();
  expect(listeners.size).toBe(0);
});
