import { type BinaryName, binaryRows } from "./elementwise.js";
import type { BinaryRow } from "./elementwiseRow.js";
import { expectDType, expectSameDType, expectSameShape, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

const binary = (name: string, row: BinaryRow): Primitive<BinaryName> => ({
  kind: "elementwise",
  cost: row.cost,
  vectors: row.vectors,
  infer: (inputs) => {
    const [a, b] = operands(name, inputs, ["a", "b"]);
    expectSameDType(name, [a, b]);
    expectDType(name, "a", a, row.accepts);
    expectSameShape(name, [a, b]);
    return { shape: a.shape, dtype: row.result === "bool" ? "bool" : a.dtype };
  },
  reference: (inputs) => {
    const a = inputs[0]!;
    const b = inputs[1]!;
    return a.data.map((value, i) => row.reference(value, b.data[i]!, a.dtype));
  },
});

/** A primitive per row of the binary table. */
export const binaryPrimitives: { readonly [P in BinaryName]: Primitive<P> } =
  // The names are those of the table, which `fromEntries` forgets.
  Object.fromEntries(Object.entries(binaryRows).map(([name, row]) => [name, binary(name, row)])) as Record<
    BinaryName,
    Primitive<BinaryName>
  >;
