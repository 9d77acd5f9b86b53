import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from "./onnxModel.js";
import { onnxTypes } from "./onnxModel.js";

/** Of ONNX 1.13 and later, which have all operators of opset 17. */
const IR_VERSION = 8;

// The numbers of `AttributeProto.AttributeType`.
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

/** The bytes of an .onnx file: a `ModelProto` in protobuf's wire format. The numbers are those of the fields in onnx.proto. */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  int(writer, 1, IR_VERSION);
  text(writer, 2, model.producer);
  text(writer, 3, model.producerVersion);
  text(writer, 6, model.documentation);
  message(writer, 7, () => graph(writer, model));
  message(writer, 8, () => {
    text(writer, 1, ""); // the standard operators
    int(writer, 2, model.opset);
  });
  for (const [key, value] of Object.entries(model.metadata)) {
    message(writer, 14, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  return writer.finish();
}

function graph(writer: BinaryWriter, { name, nodes, initializers, inputs, outputs }: OnnxModel): void {
  for (const one of nodes) message(writer, 1, () => node(writer, one));
  text(writer, 2, name);
  for (const one of initializers) message(writer, 5, () => tensor(writer, one));
  for (const one of inputs) message(writer, 11, () => port(writer, one));
  for (const one of outputs) message(writer, 12, () => port(writer, one));
}

function node(writer: BinaryWriter, { op, name, inputs, output, attributes }: OnnxNode): void {
  for (const input of inputs) text(writer, 1, input);
  text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, op);
  for (const [key, value] of Object.entries(attributes)) {
    message(writer, 5, () => {
      text(writer, 1, key);
      attribute(writer, value);
    });
  }
}

function attribute(writer: BinaryWriter, value: OnnxAttribute): void {
  if ("int" in value) {
    int(writer, 3, value.int);
    int(writer, 20, INT);
  } else if ("ints" in value) {
    for (const each of value.ints) int(writer, 8, each);
    int(writer, 20, INTS);
  } else if ("float" in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    int(writer, 20, FLOAT);
  } else {
    text(writer, 4, value.string);
    int(writer, 20, STRING);
  }
}

function tensor(writer: BinaryWriter, { name, type, shape, bytes }: OnnxTensor): void {
  for (const extent of shape) int(writer, 1, extent);
  int(writer, 2, onnxTypes[type]);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(bytes);
}

function port(writer: BinaryWriter, { name, type, shape }: OnnxPort): void {
  text(writer, 1, name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      int(writer, 1, onnxTypes[type]);
      message(writer, 2, () => {
        for (const extent of shape) {
          message(writer, 1, () =>
            typeof extent === "number" ? int(writer, 1, extent) : text(writer, 2, extent),
          );
        }
      });
    }),
  );
}

function message(writer: BinaryWriter, field: number, body: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body();
  writer.join();
}

const int = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};

const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
