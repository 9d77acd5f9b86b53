import { type Extent, extentText, isKnown } from "./extent.js";
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from "./onnxModel.js";

type Numbers = ArrayLike<number>;

/** Collects the nodes and held values of a file. Values are known by their names. */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** Where each open extent is found: an input of the model, and its axis. */
  readonly #open: ReadonlyMap<string, { readonly input: string; readonly axis: number }>;
  /** Names of inputs and outputs, which nothing else may have. */
  readonly #taken: ReadonlySet<string>;
  readonly #counts = new Map<string, number>();
  /** Names of small values and of extents that the file has already. */
  readonly #known = new Map<string, string>();

  constructor(
    open: ReadonlyMap<string, { readonly input: string; readonly axis: number }>,
    taken: ReadonlySet<string>,
  ) {
    this.#open = open;
    this.#taken = taken;
  }

  /** Adds an operation; its result's name, which is `output` where that is given. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output?: string,
  ): string {
    const name = output ?? this.#fresh(op);
    this.nodes.push({ op, name: `${name}/node`, inputs, output: name, attributes });
    return name;
  }

  /** Adds a value, row-major; its name. Small ones are in the file once. */
  constant(type: OnnxType, shape: readonly number[], data: Numbers, hint = "constant"): string {
    const key = data.length <= 16 ? JSON.stringify([type, shape, Array.from(data, shown)]) : undefined;
    const before = key === undefined ? undefined : this.#known.get(key);
    if (before !== undefined) return before;
    const name = this.#fresh(hint);
    this.initializers.push({ name, type, shape, bytes: bytesOf(type, data) });
    if (key !== undefined) this.#known.set(key, name);
    return name;
  }

  /** The name of whole numbers as a vector: a held value where all are known, else computed from the shape of the inputs. */
  vector(extents: readonly Extent[]): string {
    if (extents.every(isKnown)) {
      const values = extents.map(({ plus }) => plus);
      return this.constant("i64", [values.length], values, "sizes");
    }
    return this.#once(`[${extents.map(extentText).join()}]`, () =>
      extents.length === 1
        ? this.#extent(extents[0]!)
        : this.node(
            "Concat",
            extents.map((extent) => this.#extent(extent)),
            { axis: { int: 0 } },
          ),
    );
  }

  /** One whole number as a vector of one. */
  #extent(extent: Extent): string {
    if (isKnown(extent)) return this.constant("i64", [1], [extent.plus], "sizes");
    return this.#once(extentText(extent), () => {
      const { open, numerator, denominator, plus } = extent;
      const { input, axis } = this.#open.get(open!)!;
      let value = this.#once(`open ${open}`, () =>
        this.node("Shape", [input], { start: { int: axis }, end: { int: axis + 1 } }),
      );
      const then = (op: string, by: number): void => {
        value = this.node(op, [value, this.constant("i64", [1], [by], "sizes")]);
      };
      if (numerator !== 1) then("Mul", numerator);
      if (denominator !== 1) then("Div", denominator);
      if (plus !== 0) then("Add", plus);
      return value;
    });
  }

  #once(key: string, make: () => string): string {
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const name = make();
    this.#known.set(key, name);
    return name;
  }

  #fresh(hint: string): string {
    let count = this.#counts.get(hint) ?? 0;
    while (this.#taken.has(`${hint}_${count}`)) count++;
    this.#counts.set(hint, count + 1);
    return `${hint}_${count}`;
  }
}

/** JSON has neither, and no sign of 0. */
const shown = (value: number): number | string =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : `${Object.is(value, -0) ? "-0" : value}`;

function bytesOf(type: OnnxType, data: Numbers): Uint8Array {
  switch (type) {
    case "f32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "i32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "u32":
      return new Uint8Array(Uint32Array.from(data).buffer);
    case "i64":
      return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer);
    case "bool":
      return Uint8Array.from(data);
    case "f16":
      throw new Error("exportOnnx: half-precision values are not written; export with f32");
    default:
      return type satisfies never;
  }
}
