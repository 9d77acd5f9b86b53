import { describeConfiguration, type KeyDescription, type TrainedMethod } from "@clidim/denoise";
import { methods } from "@clidim/methods";

/** The keys of a method's form; of each choice, all that may be chosen. */
export const formKeys = (method: TrainedMethod): readonly KeyDescription[] =>
  // The preset has a field of its own.
  describeConfiguration(method).flatMap((key): KeyDescription[] =>
    key.key === "preset"
      ? []
      : key.key === "blend"
        ? [{ ...key, allowed: ["none", ...methods.classical.map(({ name }) => name)].join(", ") }]
        : [key],
  );
