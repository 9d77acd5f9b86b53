import { expect, it } from "vitest";
import { engineErrorOf } from "../../packages/app/src/worker/failures.js";

it("a part of the site that is not there any more is said to be that, in whichever words the browser has", () => {
  const messages = [
    "Failed to fetch dynamically imported module: https://a.b/assets/denoiseImage-1.js",
    "error loading dynamically imported module: https://a.b/assets/denoiseImage-1.js",
    "Importing a module script failed.",
  ];
  for (const message of messages) {
    expect(engineErrorOf(new TypeError(message))).toEqual({
      ...{ stopped: false, internal: false },
      sentence: expect.stringMatching(
        /^A part of the page cannot be loaded: the site has changed, .* reload/,
      ),
    });
  }
  expect(engineErrorOf(new TypeError("x is undefined"))).toMatchObject({ internal: true });
});
