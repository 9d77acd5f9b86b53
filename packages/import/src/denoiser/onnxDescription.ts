import { InputError } from "@clidim/imaging";
import type { OnnxFile } from "../onnx/onnxFile.js";
import type { AxisLetter, NetworkDescription, Side } from "./networkDescription.js";

/** Most channels that an extent of 4 is taken for. */
const MOST_CHANNELS = 64;

/**
 * What an ONNX file says of itself: images [N,C,H,W], or [N,H,W,C] where the last extent alone can be that of channels, or is the smaller one of two that can. Sides are open, in multiples that files of this program name in their metadata; of others as many halvings as the file
 * has layers with strides of 2. An `InputError` for any other input.
 */
export function onnxDescription(
  { name, producer, documentation, metadata, inputs, outputs, nodes }: OnnxFile,
  onnx: Uint8Array,
  file: string,
): NetworkDescription {
  const [input, ...more] = inputs;
  if (!input || more.length > 0 || outputs.length !== 1) {
    throw new InputError(
      `${file}: expected a network of one image, got one with ${inputs.length} inputs (${inputs.map((one) => one.name).join(", ")}) and ${outputs.length} outputs`,
    );
  }
  const { shape } = input;
  if (shape?.length !== 4) {
    throw new InputError(
      `${file}: expected an input [batch, channels, height, width], got [${shape?.map((extent) => (extent === "" ? "any" : extent)).join(", ") ?? "a shape that the file does not say"}]`,
    );
  }
  const isChannels = (extent: number | string): boolean =>
    typeof extent === "number" && extent >= 1 && extent <= MOST_CHANNELS;
  const [, second, , fourth] = shape as readonly [
    number | string,
    number | string,
    number | string,
    number | string,
  ];
  // Small images have sides that may be numbers of channels as well, which are fewer.
  const last = isChannels(fourth) && (!isChannels(second) || fourth < second);
  const axes: readonly AxisLetter[] = last ? ["b", "y", "x", "c"] : ["b", "c", "y", "x"];
  const extent = (axis: AxisLetter): number | string => shape[axes.indexOf(axis)]!;
  const channels = extent("c");
  if (typeof channels !== "number" || channels < 1) {
    throw new InputError(`${file}: it does not say how many channels it takes`);
  }
  const multiple = Number(metadata.multiple ?? halvedBy(nodes));
  const side = (size: number | string): Side =>
    typeof size === "number" && size > 0 ? { min: size, step: 0 } : { min: multiple, step: multiple };
  return {
    name: name || file,
    summary: documentation || `A network of ${producer || "another program"}.`,
    ...{ onnx, inputAxes: axes, outputAxes: axes, channels },
    rows: side(extent("y")),
    columns: side(extent("x")),
    before: [],
    after: [],
  };
}

function halvedBy(nodes: OnnxFile["nodes"]): number {
  const halving = nodes.filter(({ op, attributes }) => {
    const strides = attributes.get("strides");
    return (
      ["Conv", "MaxPool", "AveragePool"].includes(op) && strides?.kind === "ints" && strides.value.includes(2)
    );
  });
  return 2 ** halving.length;
}
