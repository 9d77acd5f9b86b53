import type { Layer } from "@clidim/nn";
import { cast } from "@clidim/tensor";

/**
 * The network computed with f16 activations and operands and f32 sums, normalisations and parameters. Input, output and what is observed of the
 * parts are f32.
 */
export const inHalves = <P, S>(network: Layer<P, S>): Layer<P, S> => ({
  ...network,
  apply(variables, x, context) {
    const { observe } = context;
    const { output, stats } = network.apply(variables, cast(x, "f16"), {
      ...context,
      ...(observe && {
        observe: (observation) => observe({ ...observation, output: cast(observation.output, "f32") }),
      }),
    });
    return { output: cast(output, "f32"), stats };
  },
});
