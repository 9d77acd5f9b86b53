import { foldIn, type Shape, type Tensor } from "@clidim/tensor";
import type { Context, Layer, LayerResult, Variables } from "../layer.js";

/** Errors whose message already starts with the kind of the layer they came from. */
const located = new WeakSet<Error>();

function within<T>(name: string, kind: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const named = located.has(error) || error.message.startsWith(`${kind}:`);
    const message = named ? `${name}.${error.message}` : `${name}.${kind}: ${error.message}`;
    const outer = new Error(message, { cause: located.has(error) ? error.cause : error });
    located.add(outer);
    throw outer;
  }
}

/**
 * `layer` as part number `index` of a larger layer, under `name`: it draws from keys of its own (the parent's key folded with
 * `index`), its errors start with the name (`2.conv2d: ...`, the original as `cause`), and it is observed. Composite layers are
 * made of these.
 */
export function child<P, S>(name: string, index: number, layer: Layer<P, S>): Layer<P, S> {
  const { kind } = layer;
  return {
    kind,
    init: (key: Tensor, inputShape: Shape): Variables<P, S> =>
      within(name, kind, () => layer.init(foldIn(key, index), inputShape)),
    outputShape: (inputShape: Shape): Shape => within(name, kind, () => layer.outputShape(inputShape)),
    apply(variables: Variables<P, S>, x: Tensor, context: Context): LayerResult<S> {
      const { train, key, observe } = context;
      const result = within(name, kind, () => {
        if (variables.params === undefined || variables.stats === undefined) {
          throw new Error("no variables for this layer; pass what init of this same model returned");
        }
        return layer.apply(variables, x, {
          train,
          key: key && foldIn(key, index),
          observe: observe && ((inner) => observe({ ...inner, path: `${name}.${inner.path}` })),
        });
      });
      observe?.({ path: name, kind, input: x, output: result.output, params: variables.params });
      return result;
    },
  };
}
