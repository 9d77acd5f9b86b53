import type { RowOperation } from "../../fusion/nodeKinds.js";
import { lowerFft } from "./fft.js";
import { lowerArgsort } from "./sort.js";
import type { Lowering } from "./step.js";

/** The commands of such an operation. */
export const chooseRows: Lowering<RowOperation> = (node, id, graph, context) => {
  switch (node.op) {
    case "argsort":
      return lowerArgsort(node, id, graph, context);
    case "fft":
      return lowerFft(node, id, graph, context);
    default:
      return node satisfies never;
  }
};
