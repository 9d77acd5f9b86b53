import {
  describeConfiguration,
  fitConfigured,
  type Plain,
  preparedConfiguration,
  resolveConfiguration,
} from "@clidim/denoise";
import { flatten, full, sizeOf } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { divnoising } from "../../src/divnoising/method.js";
import { methods } from "../../src/registry.js";
import { annealed, klWeight, posteriorCollapse } from "../../src/variational/annealing.js";
import { learningRateSince } from "../../src/variational/variationalMethod.js";
import { expectToDenoise, pages, scenes } from "./expectToDenoise.js";

const little: Plain = {
  ...{ filters: 8, latents: 8, crop: 32, batch: 4, samples: 16 },
  ...{ updates: 120, klAnnealing: 25, learningRate: 5e-3 },
};

/** Refused by all. */
const wrong: readonly (readonly [Plain, string])[] = [
  [{ precision: "mixed" }, 'precision is "mixed"; allowed: float32'],
  [{ samples: 0 }, "samples is 0; allowed: a whole number from 1 to 4096"],
  [{ annealedFrom: 3 }, "annealedFrom"],
];

const autoencoder = {
  /** Parameters, multiple of the sides, and bytes per pixel, by preset. */
  presets: { laptop: [65_617, 4, 4 * 4 * 16], divnoising: [261_281, 4, 4 * 4 * 32] },
  little,
  wrong: [[{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 4, such as 68"]],
} as const;

const members: readonly {
  readonly name: string;
  readonly presets: Readonly<Record<string, readonly [count: number, multiple: number, bytes: number]>>;
  readonly little: Plain;
  readonly wrong: readonly (readonly [Plain, string])[];
}[] = [
  { name: "vae", ...autoencoder },
  { name: "divnoising", ...autoencoder },
  {
    name: "hdn",
    presets: { laptop: [93_377, 8, 4 * 4 * 32], hdn: [7_301_697, 64, 4 * 4 * 128] },
    little: {
      ...{ depth: 2, filters: 4, latents: 4, crop: 32, samples: 8 },
      ...{ updates: 40, klAnnealing: 10, learningRate: 8e-3 },
    },
    wrong: [
      [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 8, such as 72"],
      [{ depth: 7 }, "depth is 7; allowed: a whole number from 1 to 6"],
      [{ norm: "instance" }, 'norm is "instance"; allowed: none, batch'],
      [{ dropout: 1 }, "dropout is 1; allowed: a number from 0 to 0.99"],
      [
        { norm: "batch", batch: 1, depth: 5, crop: 32 },
        "batch is 1; allowed: 2 or more, as the innermost level has a single pixel, and a norm needs several",
      ],
    ],
  },
];

describe.each(members)("$name", ({ name: ofMethod, presets, little: changesOfLittle, wrong: own }) => {
  const method = methods.trainedNamed(ofMethod);

  it.each(Object.entries(presets))(
    "preset %s: a whole configuration",
    (preset, [parameters, ...geometry]) => {
      const configuration = resolveConfiguration(method, preset, {});
      const { params } = method.template(configuration);
      const count = flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);
      expect(count).toBe(parameters);
      const { multiple, bytesPerPixel } = method.geometry(configuration);
      expect([multiple, bytesPerPixel]).toEqual(geometry);
      expect(method.space.presets).toEqual(Object.keys(presets));
    },
  );

  it("every key has a description", () => {
    for (const { key: name, description } of describeConfiguration(method)) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  it.each([...wrong, ...own])("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(method, "laptop", changes)).toThrow(message);
  });

  it("learns to denoise from noisy images alone; its results are means of what it draws", async () => {
    const { kl, ...losses } = await expectToDenoise(method, changesOfLittle);
    const levels = Object.keys(losses).filter((name) => name.startsWith("kl"));
    const used = levels.slice(0, ofMethod === "hdn" ? 2 : 0);
    // The divergence of each level that there is.
    for (const name of levels) expect(losses[name]! > 0, name).toBe(used.includes(name));
    if (used.length > 0) expect(used.reduce((sum, name) => sum + losses[name]!, 0)).toBeCloseTo(kl!, 5);
  });
});

describe.each(["divnoising", "hdn"])("%s", (name) => {
  it("refuses units in which there can be no model of the noise", () => {
    const normalization = { mode: "minmax", scope: "batch" };
    expect(() => resolveConfiguration(methods.trainedNamed(name), "laptop", { normalization })).toThrow(
      'normalization.scope is "batch"; allowed: data, as the noise model has the grey values of all images',
    );
  });
});

describe("divnoising", () => {
  const given = resolveConfiguration(divnoising, "laptop", little);

  it("learns with the noise of the training images, and without a model of it says who decides it", async () => {
    const normalization = fitConfigured(pages, given);
    const { noise } = await preparedConfiguration(divnoising, given, { scenes, normalization });
    expect(noise).toMatchObject({ from: "pages", mixture: {} });
    expect(() => divnoising.phases(given)).toThrow(
      "divnoising: there is no noise model in the configuration",
    );
  });
});

describe("hdn", () => {
  it("has collapsed where its code tells no more than what is free at its levels", () => {
    const method = methods.trainedNamed("hdn");
    const configuration = resolveConfiguration(method, "laptop", {});
    const free = 3 / 64 ** 2;
    expect(method.hopeless!(configuration, { kl: free }, 300)).toContain("posterior has collapsed");
    expect(method.hopeless!(configuration, { kl: free + 2e-4 }, 300)).toBeUndefined();
  });
});

describe("posteriorCollapse and annealed", () => {
  const whole = { updates: 1000, klAnnealing: 0 };

  it("a code that still says nothing after 200 updates with the whole weight has collapsed", () => {
    expect(posteriorCollapse(whole, 1e-9, 199)).toBeUndefined();
    expect(posteriorCollapse(whole, 0.01, 500)).toBeUndefined();
    expect(posteriorCollapse(whole, 2.3e-9, 200)).toBe(
      "the posterior has collapsed: the code says nothing of an image (KL divergence of 2.3e-9 nats per pixel)",
    );
    expect(posteriorCollapse({ ...whole, klAnnealing: 100 }, 1e-9, 299)).toBeUndefined();
    expect(posteriorCollapse({ ...whole, klAnnealing: 100 }, 1e-9, 300)).toBeDefined();
    // What is free to tell is told of any image.
    expect(posteriorCollapse(whole, 1e-3, 300, 1e-3)).toBeDefined();
    expect(posteriorCollapse(whole, 1.2e-3, 300, 1e-3)).toBeUndefined();
  });

  it("begins again with the weight annealed, then for longer, then no more", () => {
    const first = annealed(whole, 200)!;
    expect(first).toEqual({
      configuration: { ...whole, klAnnealing: 100, annealedFrom: 200 },
      words: "with a weight of the KL divergence that rises from 0 to 1 in 100 updates",
    });
    const second = annealed(first.configuration, 500)!;
    expect(second.configuration).toMatchObject({ klAnnealing: 250, annealedFrom: 500 });
    expect(annealed(second.configuration, 900)).toBeUndefined();
  });

  it("does not begin again where too few updates are left to see whether it helps", () => {
    expect(annealed(whole, 700)).toBeDefined();
    expect(annealed(whole, 701)).toBeUndefined();
  });

  it("fresh weights have the schedule of the learning rate from its beginning, over the updates that are left", () => {
    const schedule = { learningRate: 1, constantRate: 0.5, schedule: "linear" } as const;
    const ratesOf = (changes: Plain, at: readonly number[]) => {
      const configuration = resolveConfiguration(divnoising, "laptop", { ...schedule, ...changes });
      return (annealedFrom?: number) => {
        const begun = { ...configuration, ...(annealedFrom !== undefined && { annealedFrom }) };
        return interpret(at.map((update) => learningRateSince(begun, full([], update)))).map(
          (values) => values[0],
        );
      };
    };
    const anew = ratesOf({ updates: 1000 }, [400, 700, 850, 999])(400);
    expect(anew).toEqual(ratesOf({ updates: 600 }, [0, 300, 450, 599])());
    expect(anew[0]).toBe(1);
    expect(ratesOf({ updates: 1000 }, [400, 850])()).toEqual(ratesOf({ updates: 1000 }, [400, 850])(0));
  });

  it("the weight rises in a straight line from where it begins", () => {
    const weights = (configuration: Parameters<typeof klWeight>[0]) =>
      interpret([0, 200, 250, 300, 900].map((update) => klWeight(configuration, full([], update)))).map(
        (values) => values[0],
      );
    expect(weights(whole)).toEqual([1, 1, 1, 1, 1]);
    expect(weights({ ...whole, klAnnealing: 100 })).toEqual([0, 1, 1, 1, 1]);
    expect(weights({ ...whole, klAnnealing: 100, annealedFrom: 200 })).toEqual([0, 0, 0.5, 1, 1]);
  });
});
