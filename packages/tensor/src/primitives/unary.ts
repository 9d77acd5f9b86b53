import { type UnaryName, unaryRows } from "./elementwise.js";
import type { UnaryRow } from "./elementwiseRow.js";
import { expectDType, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

const unary = (name: string, row: UnaryRow): Primitive<UnaryName> => ({
  kind: "elementwise",
  cost: row.cost,
  vectors: row.vectors,
  infer: (inputs) => {
    const [x] = operands(name, inputs, ["x"]);
    expectDType(name, "x", x, row.accepts);
    return { shape: x.shape, dtype: row.result ?? x.dtype };
  },
  reference: (inputs) => {
    const x = inputs[0]!;
    return x.data.map((value) => row.reference(value, x.dtype));
  },
});

/** A primitive per row of the unary table. */
export const unaryPrimitives: { readonly [P in UnaryName]: Primitive<P> } =
  // The names are those of the table, which `fromEntries` forgets.
  Object.fromEntries(Object.entries(unaryRows).map(([name, row]) => [name, unary(name, row)])) as Record<
    UnaryName,
    Primitive<UnaryName>
  >;
