/**
 * The generator as an ONNX file, NCHW, with running statistics: what an exporter writes, a node per operation.
 *
 * @param {Record<string, { shape: number[], data: Float32Array }>} weights in PyTorch's names and layouts, `generator.` in front
 */
export function generatorModel(weights, { downs }, size) {
  const nodes = [];
  const used = new Set();
  let count = 0;
  const add = (type, inputs, attributes = {}) => {
    const output = `t${count++}`;
    nodes.push(node(type, inputs, output, attributes));
    return output;
  };
  const weight = (name) => {
    used.add(`generator.${name}`);
    return `generator.${name}`;
  };
  const geometry = { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] };
  const norm = (name, x) =>
    add(
      "BatchNormalization",
      [x, ...["weight", "bias", "running_mean", "running_var"].map((part) => weight(`${name}.${part}`))],
      { epsilon: { float: 1e-5 } },
    );

  const skips = [];
  for (let level = 1; level <= downs; level++) {
    const x = level === 1 ? "x" : add("LeakyRelu", [skips.at(-1)], { alpha: { float: 0.2 } });
    const y = add("Conv", [x, weight(`down${level}.conv.weight`)], geometry);
    skips.push(level > 1 && level < downs ? norm(`down${level}.norm`, y) : y);
  }
  let inner = skips.pop();
  for (let level = downs; level >= 1; level--) {
    const x = level === downs ? inner : add("Concat", [skips.pop(), inner], { axis: 1 });
    const inputs = [add("Relu", [x]), weight(`up${level}.conv.weight`)];
    if (level === 1) inputs.push(weight("up1.conv.bias"));
    const y = add("ConvTranspose", inputs, geometry);
    inner = level === 1 ? y : norm(`up${level}.norm`, y);
  }
  nodes.push(node("Tanh", [inner], "y", {}));

  const image = [1, 1, size, size];
  const graph = [
    ...nodes.map((each) => message(1, each)),
    text(2, "generator"),
    ...[...used].map((name) => message(5, tensorProto(name, weights[name]))),
    message(11, valueInfo("x", image)),
    message(12, valueInfo("y", image)),
  ];
  const opset = Buffer.concat([text(1, ""), integer(2, 13)]);
  return Buffer.concat([integer(1, 8), message(7, Buffer.concat(graph)), message(8, opset)]);
}

// Protocol buffers: a tag (field number and wire type), then a number or a length and bytes.

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const message = (field, bytes) => Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
const text = (field, string) => message(field, Buffer.from(string));
function float(field, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
}

/** Of type FLOAT (1), INT (2) or INTS (7). */
function attribute(name, value) {
  if (Array.isArray(value))
    return Buffer.concat([text(1, name), ...value.map((each) => integer(8, each)), integer(20, 7)]);
  if (typeof value === "object") return Buffer.concat([text(1, name), float(2, value.float), integer(20, 1)]);
  return Buffer.concat([text(1, name), integer(3, value), integer(20, 2)]);
}

const node = (type, inputs, output, attributes) =>
  Buffer.concat([
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
  ]);

/** f32, as raw little-endian bytes. */
const tensorProto = (name, { shape, data }) =>
  Buffer.concat([
    ...shape.map((extent) => integer(1, extent)),
    integer(2, 1),
    text(8, name),
    message(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);

function valueInfo(name, shape) {
  const dimensions = shape.map((extent) => message(1, integer(1, extent)));
  const type = Buffer.concat([integer(1, 1), message(2, Buffer.concat(dimensions))]);
  return Buffer.concat([text(1, name), message(2, message(1, type))]);
}
