import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { OnnxAttribute, OnnxFile, OnnxNode, OnnxPort, OnnxTensor } from "./onnxFile.js";
import { fromBytes, fromNumbers, storedType } from "./tensorValues.js";

/**
 * An .onnx file as plain data: a `ModelProto` in protobuf's wire format, by the numbers of the fields in onnx.proto. Throws where the bytes are no such file, and for what of the format is not read: weights in other
 * files, local functions, operators beside the standard ones, quantised and sparse tensors.
 */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  try {
    return model(bytes);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("importOnnx: ")) throw error;
    // What the reader of protobuf says of broken bytes.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`importOnnx: expected the bytes of an .onnx file, which these are not (${reason})`, {
      cause: error,
    });
  }
}

/** What a field's value is read as. */
type Fields = Readonly<Record<number, (reader: BinaryReader, wire: WireType) => void>>;

/** Reads the fields that are known, in whatever order, and passes over the others. */
function readFields(bytes: Uint8Array, fields: Fields): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const read = fields[field];
    if (read) read(reader, wire);
    else reader.skip(wire, field);
  }
}

/** A whole number, which in onnx.proto has 64 bits: sizes are far below 2^53, and what is beyond 32 bits means "to the end". */
const int = (reader: BinaryReader): number => Number(reader.int64());

/** A list of numbers: packed into one field, or one field each. */
const numbers =
  (into: number[], read: (reader: BinaryReader) => number) =>
  (reader: BinaryReader, wire: WireType): void => {
    if (wire !== WireType.LengthDelimited) {
      into.push(read(reader));
      return;
    }
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) into.push(read(packed));
  };

const float = (reader: BinaryReader): number => reader.float();

function model(bytes: Uint8Array): OnnxFile {
  let producer = "";
  let documentation = "";
  let opset: number | undefined;
  let graphBytes: Uint8Array | undefined;
  const metadata: Record<string, string> = {};
  readFields(bytes, {
    2: (reader) => {
      producer = reader.string();
    },
    6: (reader) => {
      documentation = reader.string();
    },
    7: (reader) => {
      graphBytes = reader.bytes();
    },
    8: (reader) => {
      const { domain, version } = operatorSet(reader.bytes());
      if (domain === "" || domain === "ai.onnx") opset = version;
    },
    14: (reader) => {
      const { key, value } = entry(reader.bytes());
      metadata[key] = value;
    },
    25: () => {
      throw new Error("importOnnx: the file has functions of its own, which are not read; export it without");
    },
  });
  if (!graphBytes) throw new Error("it has no graph");
  if (opset === undefined)
    throw new Error("importOnnx: the file does not say which standard operators it uses");
  return { opset, producer, documentation, metadata, ...graph(graphBytes) };
}

function operatorSet(bytes: Uint8Array): { readonly domain: string; readonly version: number } {
  let domain = "";
  let version = 0;
  readFields(bytes, {
    1: (reader) => {
      domain = reader.string();
    },
    2: (reader) => {
      version = int(reader);
    },
  });
  return { domain, version };
}

function entry(bytes: Uint8Array): { readonly key: string; readonly value: string } {
  let key = "";
  let value = "";
  readFields(bytes, {
    1: (reader) => {
      key = reader.string();
    },
    2: (reader) => {
      value = reader.string();
    },
  });
  return { key, value };
}

function graph(bytes: Uint8Array): Pick<OnnxFile, "name" | "inputs" | "outputs" | "initializers" | "nodes"> {
  let name = "";
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const inputs: OnnxPort[] = [];
  const outputs: OnnxPort[] = [];
  readFields(bytes, {
    1: (reader) => void nodes.push(node(reader.bytes(), nodes.length)),
    2: (reader) => {
      name = reader.string();
    },
    5: (reader) => {
      const { name: of, value } = tensorOf(reader.bytes());
      initializers.set(of, value);
    },
    11: (reader) => void inputs.push(port(reader.bytes())),
    12: (reader) => void outputs.push(port(reader.bytes())),
    15: () => {
      throw new Error("importOnnx: the file has sparse weights, which are not read");
    },
  });
  // Before version 4 of the format, initializers had to be inputs as well.
  const free = inputs.filter((input) => !initializers.has(input.name));
  // It is a sequence, a map or an optional.
  const strange = free.find(({ dtype }) => dtype === undefined);
  if (strange) throw new Error(`importOnnx: the input ${strange.name} is no tensor, which alone is read`);
  return { name, nodes, initializers, inputs: free, outputs };
}

function node(bytes: Uint8Array, number: number): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let [op, name, domain] = ["", "", ""];
  readFields(bytes, {
    1: (reader) => void inputs.push(reader.string()),
    2: (reader) => void outputs.push(reader.string()),
    3: (reader) => {
      name = reader.string();
    },
    4: (reader) => {
      op = reader.string();
    },
    5: (reader) => {
      const { name: of, value } = attribute(reader.bytes());
      attributes.set(of, value);
    },
    7: (reader) => {
      domain = reader.string();
    },
  });
  const standard = domain === "" || domain === "ai.onnx";
  return {
    op: standard ? op : `${domain}.${op}`,
    name: name || `${op} ${number}`,
    inputs,
    outputs,
    attributes,
  };
}

function attribute(bytes: Uint8Array): { readonly name: string; readonly value: OnnxAttribute } {
  let name = "";
  let kind = 0;
  let [number, whole, text] = [0, 0, ""];
  let value: OnnxTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  readFields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      number = reader.float();
    },
    3: (reader) => {
      whole = int(reader);
    },
    4: (reader) => {
      text = reader.string();
    },
    5: (reader) => {
      ({ value } = tensorOf(reader.bytes()));
    },
    7: numbers(floats, float),
    8: numbers(ints, int),
    9: (reader) => void strings.push(reader.string()),
    20: (reader) => {
      kind = reader.int32();
    },
  });
  // The numbers of `AttributeProto.AttributeType`.
  const values: Readonly<Record<number, OnnxAttribute>> = {
    1: { kind: "float", value: number },
    2: { kind: "int", value: whole },
    3: { kind: "string", value: text },
    6: { kind: "floats", value: floats },
    7: { kind: "ints", value: ints },
    8: { kind: "strings", value: strings },
  };
  if (kind === 4 && value) return { name, value: { kind: "tensor", value } };
  return { name, value: values[kind] ?? { kind: "other" } };
}

function tensorOf(bytes: Uint8Array): { readonly name: string; readonly value: OnnxTensor } {
  const shape: number[] = [];
  const values: number[] = [];
  let [name, type] = ["", 0];
  let raw: Uint8Array | undefined;
  let elsewhere = false;
  readFields(bytes, {
    1: numbers(shape, int),
    2: (reader) => {
      type = reader.int32();
    },
    4: numbers(values, float),
    5: numbers(values, (reader) => reader.int32()),
    7: numbers(values, int),
    8: (reader) => {
      name = reader.string();
    },
    9: (reader) => {
      raw = reader.bytes();
    },
    10: numbers(values, (reader) => reader.double()),
    11: numbers(values, (reader) => Number(reader.uint64())),
    14: (reader) => {
      elsewhere = reader.int32() === 1;
    },
  });
  const what = name ? `the tensor ${name}` : "a tensor";
  if (elsewhere) {
    throw new Error(
      `importOnnx: ${what} is stored in another file, which is not read; save the model with its weights in it`,
    );
  }
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new Error(`importOnnx: ${what} has the shape [${shape}]`);
  }
  const value = raw ? fromBytes(type, shape, raw, what) : fromNumbers(type, shape, values, what);
  return { name, value };
}

function port(bytes: Uint8Array): OnnxPort {
  let [name, type] = ["", 0];
  let shape: (number | string)[] | undefined;
  const dimension = (of: Uint8Array): void => {
    let extent: number | string = "";
    readFields(of, {
      1: (reader) => {
        extent = int(reader);
      },
      2: (reader) => {
        extent = reader.string();
      },
    });
    shape?.push(extent);
  };
  const tensorType = (of: Uint8Array): void =>
    readFields(of, {
      1: (reader) => {
        type = reader.int32();
      },
      2: (reader) => {
        shape = [];
        readFields(reader.bytes(), { 1: (inner) => dimension(inner.bytes()) });
      },
    });
  readFields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => readFields(reader.bytes(), { 1: (inner) => tensorType(inner.bytes()) }),
  });
  return { name, dtype: type === 0 ? undefined : storedType(type, name).dtype, shape };
}
