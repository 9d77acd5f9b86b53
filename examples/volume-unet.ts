/** A 3-D U-Net finds balls in noisy volumes, voxel by voxel: the pipeline of data, the trainer and the metrics of @clidim/nn. */
import { adam, binaryCrossEntropyWithLogits, call, dataset, dice, fit, layers, metrics } from "@clidim/nn";
import {
  add,
  any,
  cast,
  compile,
  concat,
  gt,
  type HostTensor,
  iota,
  key,
  lt,
  maxPool3d,
  mul,
  normal,
  reshape,
  sigmoid,
  split,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  uniform,
} from "@clidim/tensor";
import { progressBar } from "./drawing/progressBar.js";
import { chart, type Point } from "./drawing/svg.js";

const side = 12;

/** Volumes [count, D, H, W, 1] in which two balls are a little brighter than the noise, and 1 where a ball is. */
function volumes(seed: Tensor, count: number) {
  const [centreKey, radiusKey, noiseKey] = split(seed, 3) as [Tensor, Tensor, Tensor]; // as many as asked for
  const balls = 2;
  const centre = uniform(centreKey, [count, 1, balls, 3], { low: 2, high: side - 2 });
  const radius = uniform(radiusKey, [count, 1, balls], { low: 2, high: 4 });
  const grid = [side, side, side, 1];
  const position = stack(
    [0, 1, 2].map((axis) => reshape(cast(iota(grid, axis), "f32"), [1, side ** 3, 1])),
    -1,
  );
  const distance = sum(square(sub(position, centre)), -1);
  const mask = cast(reshape(any(lt(distance, square(radius)), -1), [count, ...grid]), "f32");
  return { x: add(mask, mul(normal(noiseKey, [count, ...grid]), 0.7)), mask };
}

/** Volumes as samples on the host, from which batches are drawn. */
async function samples(seed: Tensor, count: number): Promise<readonly Record<"x" | "mask", HostTensor>[]> {
  const { x, mask } = await compile(() => volumes(seed, count))();
  const [values, balls] = [await x.data(), await mask.data()];
  const shape = [side, side, side, 1];
  return Array.from({ length: count }, (_, i) => {
    const part = (data: typeof values): HostTensor => {
      return { dtype: "f32", shape, data: data.subarray(i * side ** 3, (i + 1) * side ** 3) };
    };
    return { x: part(values), mask: part(balls) };
  });
}

const training = dataset(await samples(key(1), 32))
  .shuffle(0)
  .batch(4)
  .prefetch();
const held = dataset(await samples(key(2), 16)).batch(8);

const block = (out: number) =>
  layers.sequential(
    layers.conv3d({ out, kernel: 3, padding: 1, bias: false }),
    layers.groupNorm({ groups: 2 }),
    layers.relu(),
  );
const model = layers.custom(
  "unet",
  {
    fine: block(8),
    coarse: layers.sequential(block(16), block(16)),
    up: layers.convTranspose3d({ out: 8, kernel: 2, stride: 2 }),
    joined: block(8),
    head: layers.conv3d({ out: 1, kernel: 1 }),
  },
  ({ fine, coarse, up, joined, head }, x) => {
    const details = fine(x);
    const inner = up(coarse(maxPool3d(details, { kernel: 2 })));
    return head(joined(concat([details, inner], -1)));
  },
);

type Batch = Record<"x" | "mask", Tensor>;
/** Intersection over union of the voxels that the network takes for balls with those that are. */
const overlap = (logits: Tensor, { mask }: Batch): Tensor =>
  metrics.iou(metrics.confusionMatrix(cast(gt(logits, 0), "i32"), cast(mask, "i32"), 2), { average: "none" });

const epochs = 6;
const bar = progressBar("volumes", epochs);
const { variables, history } = await fit({
  model,
  variables: model.init(key(0), [1, side, side, side, 1]),
  optimizer: adam({ learningRate: 0.02 }),
  data: training,
  validation: held,
  // Voxel by voxel, and by the overlap of the whole, which does not mind that most voxels are empty.
  loss: (logits, { mask }: Batch) =>
    add(binaryCrossEntropyWithLogits(logits, mask), dice(sigmoid(logits), mask)),
  metrics: { overlap: (logits, batch) => sum(mul(overlap(logits, batch), tensor([0, 1]))) },
  epochs,
  onEpoch: ({ epoch, validation }) => bar(epoch + 1, `overlap ${validation!.overlap!.toFixed(3)}`),
});

/** Intersection over union of found and true balls in volumes never seen in training. */
export const heldOverlap = history.at(-1)!.validation!.overlap!;
console.log(`held-out intersection over union ${heldOverlap.toFixed(3)}`);

const [first] = await samples(key(3), 1);
const x = tensor(first!.x.data, { shape: [1, ...first!.x.shape] });
const found = await sigmoid(call(model, variables.params, x)).data();
/** From dark for 0 to bright for 1, in steps that cells can share. */
const shade = (part: number): string => {
  const grey = Math.round(15 * Math.min(Math.max(part, 0), 1)) * 17;
  return `rgb(${grey} ${grey} ${grey})`;
};
const slices = [1, 3, 5, 7, 9];
const panels: readonly (readonly [
  name: string,
  values: ArrayLike<number>,
  shade: (value: number) => string,
])[] = [
  ["found", found, shade],
  ["true", first!.mask.data, shade],
  ["seen", first!.x.data, (value) => shade((value + 2) / 5)],
];

/** The picture: five slices of one volume, as the network sees it, as it is, and as it was found. */
export const picture = chart(
  "volume-unet",
  `Balls in a noisy volume: intersection over union ${heldOverlap.toFixed(2)}`,
  { label: "slices from top to bottom of the volume", from: 0, to: slices.length * (side + 1) },
  { label: "", from: 0, to: panels.length * (side + 3) },
  (canvas) => {
    for (const [row, [name, values, shaded]] of panels.entries()) {
      canvas.text([(slices.length * (side + 1)) / 2, row * (side + 3) + side + 0.6], name);
      for (const [column, depth] of slices.entries()) {
        for (let pixel = 0; pixel < side ** 2; pixel++) {
          const corner: Point = [
            column * (side + 1) + (pixel % side),
            row * (side + 3) + Math.floor(pixel / side),
          ];
          const value = values[depth * side ** 2 + pixel]!;
          canvas.cell(corner, [corner[0] + 1, corner[1] + 1], shaded(value));
        }
      }
    }
  },
);
console.log(picture);
