import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A tensor that a file holds. */
export interface Stored {
  readonly type: "f32" | "i8" | "u8" | "i32" | "i64" | "bool";
  /** Default: one axis. */
  readonly shape?: readonly number[];
  readonly data: readonly number[];
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** A node that makes an input of another. */
export interface Before {
  readonly op: string;
  /** What the file holds, what another node makes, or the name of an input of the model. */
  readonly inputs: readonly (Stored | Before | string)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A graph of one node, and of those that make its inputs. */
export interface OneNode {
  readonly op: string;
  readonly domain?: string;
  readonly opset: number;
  /** The shape of an f32 that the model is given, what the file holds, what another node makes, or nothing. */
  readonly inputs: readonly (readonly number[] | Stored | Before | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly string[];
}

export const isShape = (given: OneNode["inputs"][number]): given is readonly number[] => Array.isArray(given);

const types = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9 } as const;

const bytesOf = ({ type, data }: Stored): Uint8Array => {
  switch (type) {
    case "f32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "i8":
      return new Uint8Array(Int8Array.from(data).buffer);
    case "i32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "i64":
      return new Uint8Array(BigInt64Array.from(data.map(BigInt)).buffer);
    default:
      return Uint8Array.from(data);
  }
};

/** The bytes of an .onnx file whose inputs are called in0, in1 and so on; by the numbers of the fields in onnx.proto. Whoever reads it has to find out what its outputs are. */
export function onnxOf({ op, domain = "", opset, inputs, attributes, outputs }: OneNode): Uint8Array {
  const writer = new BinaryWriter();
  const message = (field: number, body: () => void): void => {
    writer.tag(field, WireType.LengthDelimited).fork();
    body();
    writer.join();
  };
  const text = (field: number, value: string): void =>
    void writer.tag(field, WireType.LengthDelimited).string(value);
  const int = (field: number, value: number): void => void writer.tag(field, WireType.Varint).int64(value);
  const float = (field: number, value: number): void => void writer.tag(field, WireType.Bit32).float(value);

  const attribute = (name: string, value: Attribute): void => {
    text(1, name);
    if (typeof value === "number") {
      int(3, value);
      int(20, 2);
    } else if (typeof value === "string") {
      text(4, value);
      int(20, 3);
    } else if ("float" in value) {
      float(2, value.float);
      int(20, 1);
    } else if ("floats" in value) {
      for (const each of value.floats) float(7, each);
      int(20, 6);
    } else {
      for (const each of value) int(8, each);
      int(20, 7);
    }
  };
  const node = (
    of: string,
    from: readonly string[],
    to: readonly string[],
    with_: Readonly<Record<string, Attribute>> = {},
  ): void => {
    for (const name of from) text(1, name);
    for (const name of to) text(2, name);
    text(4, of);
    for (const [name, value] of Object.entries(with_)) message(5, () => attribute(name, value));
  };
  const stored = (name: string, given: Stored): void =>
    message(5, () => {
      for (const extent of given.shape ?? [given.data.length]) int(1, extent);
      int(2, types[given.type]);
      text(8, name);
      writer.tag(9, WireType.LengthDelimited).bytes(bytesOf(given));
    });
  /** Writes what makes a value of this name, and gives the value's name. */
  const made = (name: string, given: Stored | Before | string): string => {
    if (typeof given === "string") return given;
    if ("type" in given) stored(name, given);
    else {
      const from = given.inputs.map((each, i) => made(`${name}.${i}`, each));
      message(1, () => node(given.op, from, [name], given.attributes));
    }
    return name;
  };
  const graph = (): void => {
    const names = inputs.map((given, i) => {
      if (!given) return "";
      if (!isShape(given)) return made(`in${i}`, given);
      const extents = (): void => {
        for (const extent of given) message(1, () => int(1, extent));
      };
      const type = (): void => {
        int(1, types.f32);
        message(2, extents);
      };
      message(11, () => {
        text(1, `in${i}`);
        message(2, () => message(1, type));
      });
      return `in${i}`;
    });
    message(1, () => {
      node(op, names, outputs, attributes);
      if (domain !== "") text(7, domain);
    });
    text(2, op);
    for (const name of outputs) message(12, () => text(1, name));
  };
  int(1, 8);
  message(7, graph);
  message(8, () => int(2, opset));
  return writer.finish();
}
