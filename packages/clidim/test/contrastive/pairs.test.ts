import { key, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { discriminatorFeatures } from "../../src/contrastive/discriminatorFeatures.js";
import { infoNce } from "../../src/contrastive/infoNce.js";
import { ntXent } from "../../src/contrastive/ntXent.js";
import { pairLoss } from "../../src/contrastive/pairLoss.js";
import { projectionHead } from "../../src/contrastive/projectionHead.js";
import { sameCrop } from "../../src/contrastive/sameCrop.js";
import { supCon } from "../../src/contrastive/supCon.js";
import { contrastiveDefaults } from "../../src/contrastiveChoice.js";
import { patchDiscriminator } from "../../src/networks/discriminator.js";

const value = (x: Tensor): number => interpret([x])[0]![0]!;

describe("sameCrop", () => {
  // Crops of 10 x 10: the second shares 8 x 7 of 100 pixels with the first, the third 4 x 10, the fourth is of another scene.
  const scenes = tensor(new Int32Array([0, 0, 0, 1]));
  const corners = tensor(new Int32Array([20, 20, 22, 23, 26, 20, 20, 20]), { shape: [4, 2] });

  it.each([
    [0.5, [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    [0.56, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]],
    [0.39, [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 1]],
  ])("shares more than %d", (overlap, expected) => {
    // The second and the third share 6 x 7 pixels.
    expect([...interpret([sameCrop(scenes, corners, 10, overlap)])[0]!]).toEqual(expected);
  });

  it("crops that do not touch share nothing, however far apart on both axes", () => {
    const far = tensor(new Int32Array([0, 0, 500, 500]), { shape: [2, 2] });
    expect([...interpret([sameCrop(tensor(new Int32Array([0, 0])), far, 10, 0)])[0]!]).toEqual([1, 0, 0, 1]);
    expect(() => sameCrop(scenes, scenes, 10, 0)).toThrow(/corners \[N,2\], got \[4\] and \[4\]/);
  });
});

describe("pairLoss", () => {
  const [a, b] = [uniform(key(1), [3, 4]), uniform(key(2), [3, 4])];
  const same = tensor([1, 0, 1, 0, 1, 0, 1, 0, 1], { shape: [3, 3], dtype: "bool" });
  const { disc, supcon } = contrastiveDefaults;

  it("takes loss, temperature and normalisation from the configuration", () => {
    const options = { temperature: 0.3, l2norm: false };
    expect(value(pairLoss({ ...disc, ...options }, a, b))).toBe(value(ntXent(a, b, options)));
    expect(value(pairLoss({ ...disc, ...options, loss: "infonce" }, a, b, same))).toBe(
      value(infoNce(a, b, { ...options, exclude: same })),
    );
  });

  it("supcon: crops that show the same are positives, in both views", () => {
    const labels = tensor(new Int32Array([0, 1, 0, 0, 1, 0]));
    const z = tensor([...interpret([a])[0]!, ...interpret([b])[0]!], { shape: [6, 4] });
    expect(value(pairLoss(supcon, a, b, same))).toBeCloseTo(value(supCon(z, labels)), 6);
    expect(value(pairLoss(supcon, a, b))).toBeCloseTo(value(ntXent(a, b, { temperature: 0.07 })), 9);
  });
});

describe("projectionHead", () => {
  it("has the released code's shapes and starts within 1 / sqrt(fan in)", () => {
    const head = projectionHead(900);
    const { params } = head.init(key(3), [1, 900]);
    expect([params.hidden.weight.shape, params.output.weight.shape]).toEqual([
      [900, 900],
      [900, 128],
    ]);
    expect([params.hidden.bias, params.output.bias]).toEqual([undefined, undefined]);
    const [weights] = interpret([params.output.weight]);
    const largest = Math.max(...weights!.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 30 + 1e-9);
    expect(largest).toBeGreaterThan(0.99 / 30);
    expect(head.outputShape([7, 900])).toEqual([7, 128]);
  });
});

describe("discriminatorFeatures", () => {
  const network = patchDiscriminator({ ndf: 2 });
  const variables = network.init(key(4), [2, 32, 32, 2]);
  const pairs = uniform(key(5), [2, 32, 32, 2]);

  it("logits in row-major order, or 8 ndf channels averaged; both move the running statistics", () => {
    const plain = network.apply(variables, pairs, { train: true });
    const logits = discriminatorFeatures(network, variables, pairs, "logits");
    const pooled = discriminatorFeatures(network, variables, pairs, "penultimate");
    expect(logits.output.shape).toEqual([2, 4]);
    expect(pooled.output.shape).toEqual([2, 16]);
    expect(interpret([logits.output])).toEqual(interpret([plain.output]));
    const mean = (stats: typeof plain.stats): Tensor => stats.norm4!.mean!;
    expect(interpret([mean(pooled.stats)])).toEqual(interpret([mean(plain.stats)]));
  });
});
