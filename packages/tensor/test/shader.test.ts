import { describe, expect, it } from "vitest";
import { parameterWords, readShader } from "../src/executors/webgpu/kernels/shader.js";

const source = `// A kernel.
struct Other { first: u32 }
struct Parameters {
  rows: u32, columns: u32, // rows, and columns
  offset: i32,             // may be below zero: i32
  scale: f32,
}
fn main() {}
`;
const shader = readShader("mine.wgsl", source);

describe("the parameters of a shader", () => {
  it("are the members of its struct, in order, with their types", () => {
    expect(shader).toEqual({
      name: "mine.wgsl",
      source,
      parameters: [
        { name: "rows", type: "u32" },
        { name: "columns", type: "u32" },
        { name: "offset", type: "i32" },
        { name: "scale", type: "f32" },
      ],
    });
    expect(readShader("line.wgsl", "struct Parameters { a: u32, b: f32 }").parameters).toEqual([
      { name: "a", type: "u32" },
      { name: "b", type: "f32" },
    ]);
  });

  it("are passed in that order, however they are named, and as their types lie in memory", () => {
    const words = parameterWords(shader, { scale: 1.5, offset: -2, columns: 7, rows: 3 });
    expect([...words.slice(0, 2)]).toEqual([3, 7]);
    expect(new Int32Array(words.buffer)[2]).toBe(-2);
    expect(new Float32Array(words.buffer)[3]).toBe(1.5);
  });

  it("are all given: a missing one is named, with its shader and what the struct has", () => {
    expect(() => parameterWords(shader, { rows: 3, offset: 0, scale: 1 })).toThrow(
      'mine.wgsl: parameter "columns" is missing; its struct Parameters has rows, columns, offset, scale',
    );
    // One too many does not make up for it.
    expect(() => parameterWords(shader, { rows: 3, colunms: 7, offset: 0, scale: 1 })).toThrow(
      'mine.wgsl: parameter "columns" is missing',
    );
  });

  it("are what their types hold, and never cut or wrapped around", () => {
    const given = { rows: 3, columns: 7, offset: 0, scale: 1 };
    const word =
      (values: object): (() => unknown) =>
      () =>
        parameterWords(shader, { ...given, ...values });
    const columns = 'mine.wgsl: parameter "columns" is u32, a whole number from 0 to 4294967295, got';
    expect(word({ columns: 2.5 })).toThrow(`${columns} 2.5; round it, or declare it f32`);
    expect(word({ columns: Number.NaN })).toThrow(`${columns} NaN; round it`);
    expect(word({ columns: -1 })).toThrow(`${columns} -1; declare it i32, or f32`);
    expect(word({ columns: 2 ** 32 })).toThrow(`${columns} 4294967296; compute it in parts`);
    const offset = 'mine.wgsl: parameter "offset" is i32, a whole number from -2147483648 to 2147483647, got';
    expect(word({ offset: 2 ** 31 })).toThrow(`${offset} 2147483648; compute it in parts`);
    expect(word({ offset: -(2 ** 31) - 1 })).toThrow(`${offset} -2147483649; `);
    for (const scale of [2.5, -1, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(new Float32Array(parameterWords(shader, { ...given, scale }).buffer)[3]).toBe(scale);
    }
    const ends = parameterWords(shader, { ...given, columns: 2 ** 32 - 1, offset: -(2 ** 31) });
    expect([...ends.slice(1, 3)]).toEqual([2 ** 32 - 1, 2 ** 31]);
  });

  it("are no others than the struct has", () => {
    const values = { rows: 3, columns: 7, offset: 0, scale: 1, depth: 2 };
    expect(() => parameterWords(shader, values)).toThrow(
      'mine.wgsl: there is no parameter "depth"; its struct Parameters has rows, columns, offset, scale',
    );
  });

  it("are numbers of four bytes", () => {
    expect(() => readShader("vector.wgsl", "struct Parameters { size: vec2u }")).toThrow(
      'vector.wgsl: "size: vec2u" is no parameter; write "name: u32", or i32 or f32',
    );
    expect(() => readShader("none.wgsl", "fn main() {}")).toThrow(
      "none.wgsl: expected a struct Parameters, found none",
    );
  });
});
