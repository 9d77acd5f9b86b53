import { discriminatorLayers, generatorLayers } from "./networks.mjs";

/**
 * What a piece of work costs at least: floating-point operations (a multiply-accumulate is two, taps outside the image
 * included, as a dense product executes them) and bytes moved to and from memory (every operand once, in f32).
 *
 * @typedef {{ flops: number, bytes: number }} Work
 */

const taps = 16;

/** @returns {Work} */
export const matmulWork = (n) => ({ flops: 2 * n ** 3, bytes: 3 * n * n * 4 });

/** Multiply-accumulates are the same for the output and both gradients. */
function macsOf(layer, batch) {
  const side = layer.transposed ? layer.hin : layer.hout;
  return batch * side * side * layer.cin * layer.cout * taps;
}

/** One pass ("forward", "input gradient" or "weight gradient") of a layer: each reads two of x, y, w and writes the third. @returns {Work} */
export function convolutionWork(layer, batch) {
  const x = batch * layer.hin ** 2 * layer.cin;
  const y = batch * layer.hout ** 2 * layer.cout;
  const w = taps * layer.cin * layer.cout;
  return { flops: 2 * macsOf(layer, batch), bytes: 4 * (x + y + w) };
}

/** `times` passes over a list of layers. */
const passes = (layers, batch, times) =>
  Array.from({ length: times }, () => layers.map((layer) => convolutionWork(layer, batch))).flat();

/**
 * Traffic beside the convolutions where everything is fused that can be: statistics come out of the convolution, normalisation
 * and activation are one pass over the output, the backward of a norm is two.
 */
function elementwiseBytes(layers, batch, { forward, backward }) {
  let values = 0;
  for (const { hout, cout, norm } of layers) {
    const y = batch * hout ** 2 * cout;
    values += forward * (norm ? 2 * y : 0) + backward * (norm ? 5 * y : 3 * y);
  }
  return 4 * values;
}

const parametersOf = (layers) =>
  layers.reduce(
    (sum, { cin, cout, norm, bias }) => sum + taps * cin * cout + (norm ? 2 * cout : 0) + (bias ? cout : 0),
    0,
  );

/** Adam reads weight, gradient and both averages, and writes all but the gradient. */
const adamBytes = (layers) => 28 * parametersOf(layers);

/** A training step of the generator alone, with a pixelwise loss, operation by operation. @returns {Work[]} */
export function generatorStepWork({ batch, crop, downs, ngf }) {
  const layers = generatorLayers({ downs, ngf }, crop);
  return [
    ...passes(layers, batch, 2),
    ...passes(layers.slice(1), batch, 1),
    { flops: 0, bytes: elementwiseBytes(layers, batch, { forward: 1, backward: 1 }) + adamBytes(layers) },
  ];
}

/**
 * A whole training step, operation by operation: generator forward; discriminator on the fake and on the real pair, forward,
 * weight gradients and input gradients; discriminator on the fake pair again, forward and input gradients; generator backward.
 * @returns {Work[]}
 */
export function trainingStepWork(configuration) {
  const { batch, crop } = configuration;
  const discriminator = discriminatorLayers(configuration, crop);
  const [first, ...others] = discriminator;
  // The gradient of one of its two input channels is wanted: that of the fake.
  const ofFake = convolutionWork({ ...first, cin: 1 }, batch);
  return [
    ...generatorStepWork(configuration),
    ...passes(discriminator, batch, 2),
    ...passes(discriminator, batch, 2),
    ...passes(others, batch, 2),
    ...passes(discriminator, batch, 1),
    ofFake,
    ...passes(others, batch, 1),
    {
      flops: 0,
      bytes: elementwiseBytes(discriminator, batch, { forward: 3, backward: 3 }) + adamBytes(discriminator),
    },
  ];
}

/**
 * The same with the contrastive update of the discriminator in front, which sees two views of the fake and two of the real pair, with
 * gradients through all four. Its projection head is left out. @returns {Work[]}
 */
export function contrastiveStepWork(configuration) {
  const { batch, crop } = configuration;
  const layers = discriminatorLayers(configuration, crop);
  const views = 4;
  const traffic = elementwiseBytes(layers, batch, { forward: views, backward: views });
  return [
    ...trainingStepWork(configuration),
    ...passes(layers, batch, 2 * views),
    ...passes(layers.slice(1), batch, views),
    { flops: 0, bytes: traffic + adamBytes(layers) },
  ];
}

/** One forward pass of the generator over an image; running statistics fold into the convolutions. @returns {Work[]} */
export const inferenceWork = (configuration, size) => passes(generatorLayers(configuration, size), 1, 1);

/** @param {readonly Work[]} parts @returns {Work} */
export const total = (parts) => ({
  flops: parts.reduce((sum, { flops }) => sum + flops, 0),
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** The least milliseconds that the parts take one after the other on a machine with these peaks (FLOP/s and bytes/s). */
export const leastMilliseconds = (parts, { flops, bytes }) =>
  1e3 * parts.reduce((sum, part) => sum + Math.max(part.flops / flops, part.bytes / bytes), 0);
