import { fitNormalization, type LazyPage, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { preparedConfiguration } from "../../src/data/preparedConfiguration.js";
import { fictitious } from "../protocol/fictitious.js";

const plain = fictitious("none");
const configuration = resolveConfiguration(plain, "plain");
const page = (value: number): LazyPage => pageInMemory({ width: 1, height: 1, data: Uint8Array.of(value) });
const scenes = [
  { name: "a", noisy: [page(2), page(3)], averaged: false },
  { name: "b", noisy: [page(4)], averaged: false },
];

const normalization = fitNormalization([{ data: Uint8Array.of(0, 4) }], { mode: "minmax" });
const images = { scenes, normalization };

test("is that of methods that decide nothing", async () => {
  expect(await preparedConfiguration(plain, configuration, images)).toBe(configuration);
});

test("has what the noisy pages decide, and says what that is", async () => {
  const deciding: typeof plain = {
    ...plain,
    async prepare(given, { scenes: seen, tell, ...rest }) {
      expect(rest).toEqual({ normalization });
      tell!("pages are few");
      const pages = seen.flatMap(({ noisy }) => noisy);
      const values = await Promise.all(pages.map(async (one) => (await one.read()).data[0]!));
      return { ...given, kernel: Math.max(...values), batch: given.batch };
    },
  };
  const said: string[] = [];
  const prepared = await preparedConfiguration(deciding, configuration, images, (text) => said.push(text));
  expect(prepared).toEqual({ ...configuration, kernel: 4 });
  expect(said).toEqual(["pages are few", "as the training images have it: kernel 4"]);
});

test("of records that are decided, says the names and numbers alone", async () => {
  const noise = { from: "pages", gain: 1 / 3, curve: [1, 2], units: { scale: 2 } };
  const deciding: typeof plain = { ...plain, prepare: async (given) => ({ ...given, noise }) };
  const said: string[] = [];
  await preparedConfiguration(deciding, configuration, images, (text) => said.push(text));
  expect(said).toEqual(["as the training images have it: noise from pages, gain 0.3333"]);
});
