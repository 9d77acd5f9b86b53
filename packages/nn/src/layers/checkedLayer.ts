import { formatShape, Tensor } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { Layer } from "../layer.js";

/** `layer`, whose functions first check what they are called with: TypeScript does so at compile time, untyped code does not. */
export const checkedLayer = <P, S>(layer: Layer<P, S>): Layer<P, S> => {
  const { kind } = layer;
  return {
    ...layer,
    init(key, inputShape) {
      expectKey(kind, key, inputShape);
      expectInputShape(kind, "init(key(0), shape)", inputShape);
      return layer.init(key, inputShape);
    },
    apply(variables, x, context) {
      expectVariables(kind, variables);
      if (!(x instanceof Tensor)) {
        throw new Error(
          `${kind}: x must be a tensor, got ${show(x)}; call apply({ params, stats }, x, { train })`,
        );
      }
      expectContext(kind, context);
      return layer.apply(variables, x, context);
    },
    outputShape(inputShape) {
      expectInputShape(kind, "outputShape(shape)", inputShape);
      return layer.outputShape(inputShape);
    },
  };
};

/** Throws unless `init` was given a key. */
export function expectKey(kind: string, key: unknown, inputShape: unknown): void {
  if (key instanceof Tensor && key.dtype === "u32" && formatShape(key.shape) === "[2]") return;
  const shape = Array.isArray(key) ? key : inputShape;
  const seed = typeof key === "number" ? key : 0;
  throw new Error(
    `${kind}: init starts with a key, got ${show(key)}; write init(key(${seed}), ${Array.isArray(shape) ? show(shape) : "shape"})`,
  );
}

function expectInputShape(kind: string, call: string, shape: unknown): void {
  if (shape instanceof Tensor) {
    throw new Error(`${kind}: expected the shape of the input, got ${show(shape)}; pass its .shape`);
  }
  const fits =
    Array.isArray(shape) && shape.every((extent: unknown) => Number.isInteger(extent) && Number(extent) >= 0);
  if (fits) return;
  throw new Error(
    `${kind}: expected the shape of the input, batch included, as an array of whole numbers, got ${show(shape)}; call ${call}`,
  );
}

/** Throws unless `apply` was given variables. */
export function expectVariables(kind: string, variables: unknown): void {
  const record = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null;
  if (record(variables) && variables.params !== undefined && variables.stats !== undefined) return;
  throw new Error(
    `${kind}: apply starts with { params, stats }, as init returns them, got ${show(variables)}; call apply({ params, stats }, x, { train })`,
  );
}

/** Throws unless `apply` was given a context. */
export function expectContext(kind: string, context: unknown): void {
  const train =
    typeof context === "object" && context !== null && "train" in context ? context.train : undefined;
  if (typeof train === "boolean") return;
  throw new Error(
    `${kind}: apply ends with a context that says whether this is training, got ${show(context)}; pass { train: true } or { train: false }`,
  );
}

/** Throws unless `layer` is one. */
export function expectLayer(kind: string, name: string, layer: unknown): void {
  const isLayer =
    typeof layer === "object" &&
    layer !== null &&
    ["init", "apply", "outputShape"].every(
      (member) => typeof (layer as Readonly<Record<string, unknown>>)[member] === "function",
    );
  if (isLayer) return;
  const own = typeof layer === "function" && layer.name !== "" ? layer.name : undefined;
  const advice = own
    ? `; write layers.${own}() where it is a function of @clidim/nn that makes a layer, and layers.lambda("${own}", ${own}) where it maps tensors`
    : typeof layer === "function"
      ? '; write layers.lambda("name", f) for a function of a tensor'
      : "; a layer is { kind, init, apply, outputShape }";
  throw new Error(`${kind}: ${name} must be a layer, got ${show(layer)}${advice}`);
}
