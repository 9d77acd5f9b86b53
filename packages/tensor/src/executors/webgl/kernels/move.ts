import { layoutOf } from "../context/layout.js";
import type { Kernel } from "./kernel.js";
import { openLanes } from "./loops.js";
import { ShaderText } from "./shaderText.js";

/** The bindings of kernels that move elements: they are given their textures by whoever runs them. */
const [from, to] = [0, 1];

/** A kernel for each of some turns, which differ in numbers alone. */
export type KernelOfTurn = (turn: number) => Kernel;

/** Takes the elements of one turn, so many, from those of all turns. */
export function takeTurn(elements: number, turns: number): KernelOfTurn {
  return (turn) => {
    const text = new ShaderText();
    const values = text.read(from, elements * turns);
    const offset = text.parameter(turn * elements, "i32");
    openLanes(text, elements);
    text.line(`result0[lane] = elementAt(${values}, ${offset} + i);`);
    text.close();
    return text.kernel("take a turn's", [to], elements, 1);
  };
}

/** The elements of a turn from the beginning of a texel on, so that each turn writes whole texels. */
export const stackedElements = (elements: number, turns: number): number =>
  4 * Math.ceil(elements / 4) * turns;

/** Puts the elements of one turn among the texels of all turns; the others stay what they are. */
export function putTurn(elements: number, turns: number): KernelOfTurn {
  const texels = Math.ceil(elements / 4);
  const { shift } = layoutOf(stackedElements(elements, turns));
  return (turn) => {
    const text = new ShaderText();
    const values = text.read(from, elements);
    const first = text.parameter(turn * texels, "i32");
    text.line(`int q = texel - ${first};`);
    text.line(`if (q < 0 || q >= ${text.parameter(texels, "i32")}) { discard; }`);
    text.line(`result0 = texelAt(${values}, q);`);
    const kernel = text.kernel("put a turn's", [to], stackedElements(elements, turns), 1);
    const rows = [(turn * texels) >> shift, (((turn + 1) * texels - 1) >> shift) + 1] as const;
    return { ...kernel, rows };
  };
}

/** Joins the elements of all turns, without what fills texels up. */
export function joinTurns(elements: number, turns: number): Kernel {
  const text = new ShaderText();
  const values = text.read(from, stackedElements(elements, turns));
  const [count, filled] = [
    text.parameter(elements, "i32"),
    text.parameter(4 * Math.ceil(elements / 4), "i32"),
  ];
  openLanes(text, elements * turns);
  text.line(`int turn = i / ${count};`);
  text.line(`result0[lane] = elementAt(${values}, turn * ${filled} + i - turn * ${count});`);
  text.close();
  return text.kernel("join turns", [to], elements * turns, 1);
}
