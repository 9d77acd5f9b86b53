import { checkGradients } from "@clidim/autograd/testing";
import { cast, iota, key, reshape, type Shape, sin, sizeOf, slice, type Tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { gaussianLoss } from "../../src/losses/gaussianLoss.js";
import type { NetworkTree } from "../../src/networks/networkTree.js";
import { type LadderNetworkOptions, ladderNetwork } from "../../src/variational/ladderNetwork.js";
import { normalsOf, sharedNormalsOf } from "../../src/variational/normals.js";
import { variationalLoss } from "../../src/variational/variationalLoss.js";
import { filled, fixtureImages } from "../networks/againstPytorch.js";

const options: LadderNetworkOptions = {
  ...{ depth: 2, filters: 3, latents: 2, blocks: 1 },
  ...{ norm: "none", dropout: 0, freeBits: 0 },
};
const { x } = fixtureImages();
const variablesOf = (changes: Partial<LadderNetworkOptions> = {}) =>
  filled(ladderNetwork({ ...options, ...changes }).init(key(0), x.shape), 0.8);
const variables = variablesOf();

/** The same values for the first draws, however many there are. */
const waves = (shape: Shape): Tensor => sin(cast(reshape(iota([sizeOf(shape)], 0), shape), "f32"));

const drawn = (changes: Partial<LadderNetworkOptions>, draws = 1) =>
  ladderNetwork({ ...options, ...changes }).posterior(variables, x, { train: false })(waves, draws);

describe("ladderNetwork", () => {
  it("tells the divergence of each level, and asks for no less than what is free of each image", () => {
    const { kl, penalty, levels } = drawn({});
    const [total, asked, outer, inner] = interpret([kl, penalty, ...levels]).map(([value]) => value!);
    expect(asked).toBe(total);
    expect(outer! + inner!).toBeCloseTo(total!, 6);
    for (const level of [outer, inner]) expect(level).toBeGreaterThan(0);
    const many = 1e3;
    const [same, free] = interpret([drawn({ freeBits: many }).kl, drawn({ freeBits: many }).penalty]);
    expect(same![0]).toBe(total);
    // Of two levels and two images.
    expect(free![0]).toBe(4 * many);
  });

  it("the same draws give the same signals, whatever their number, and divergences are means over them", () => {
    const [one, three, few, many] = interpret([
      drawn({}).signals,
      drawn({}, 3).signals,
      drawn({}).levels[1]!,
      drawn({}, 3).levels[1]!,
    ]);
    expect(three).toHaveLength(3 * one!.length);
    for (const [i, value] of one!.entries()) expect(three![i]).toBeCloseTo(value, 6);
    const second = three!.slice(one!.length, 2 * one!.length);
    expect(Array.from(second)).not.toEqual(Array.from(one!));
    // The innermost level does not hang on what is drawn.
    expect(many![0]).toBeCloseTo(few![0]!, 6);
  });

  it("signals of an image do not depend on the others", () => {
    const network = ladderNetwork({ ...options, norm: "batch" });
    const normed = variablesOf({ norm: "batch" });
    const second = slice(x, [1, 0, 0, 0], [...x.shape]);
    const signalsOf = (images: Tensor): Tensor =>
      network.posterior(normed, images, { train: false })(sharedNormalsOf(key(5)), 1).signals;
    const [both, alone] = interpret([signalsOf(x), signalsOf(second)]);
    expect(Array.from(both!).slice(alone!.length)).toEqual(Array.from(alone!));
  });

  it("in training drops channels by the key, and gives the statistics of the batch", () => {
    const changes = { norm: "batch", dropout: 0.5 } as const;
    const network = ladderNetwork({ ...options, ...changes });
    const normed = variablesOf(changes);
    const trained = (seed: number) => network.posterior(normed, x, { train: true, key: key(seed) })(waves, 1);
    const [one, again, other] = interpret([trained(1), trained(1), trained(2)].map(({ signals }) => signals));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    const { mean } = trained(1).stats.stemBlock!.norm1!;
    expect(interpret([mean!])[0]!.every((value) => value !== 0)).toBe(true);
    expect(Object.keys(trained(1).stats)).toEqual(
      expect.arrayContaining(Object.keys(normed.params).filter((name) => name !== "prior2")),
    );
  });

  it("gradients of the loss in all weights, at levels whose divergence is free and others", () => {
    const network = ladderNetwork({ ...options, freeBits: 0.3 });
    const given = { normals: normalsOf(key(7)), weight: 0.7, context: { train: true } };
    const part = slice(x, [0, 0, 0, 0], [2, 4, 4, 1]);
    checkGradients(
      (params: NetworkTree) =>
        variationalLoss(network, gaussianLoss, { params, stats: variables.stats }, part, given).loss,
      [variables.params],
      { order: 1, projections: 1 },
    );
  });
});
