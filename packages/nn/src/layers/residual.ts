import type { AnyLayer, Layer, None } from "../layer.js";
import { checkedLayer, expectLayer } from "./checkedLayer.js";
import type { ParamsOfEach, StatsOfEach } from "./children.js";
import { identity } from "./identity.js";
import { parallel } from "./parallel.js";

/** The names under which `residual` keeps its two layers. */
export interface ResidualParts<B, C> {
  readonly body: B;
  readonly shortcut: C;
}

/** `body(x) + shortcut(x)`; the shortcut is the identity unless given (a 1x1 convolution where the body changes the shape). */
export function residual<B extends AnyLayer>(
  body: B,
): Layer<ParamsOfEach<ResidualParts<B, Layer<None, None>>>, StatsOfEach<ResidualParts<B, Layer<None, None>>>>;
export function residual<B extends AnyLayer, C extends AnyLayer>(
  body: B,
  shortcut: C,
): Layer<ParamsOfEach<ResidualParts<B, C>>, StatsOfEach<ResidualParts<B, C>>>;
export function residual(body: AnyLayer, shortcut: AnyLayer = identity()): AnyLayer {
  for (const [name, layer] of Object.entries({ body, shortcut })) expectLayer("residual", name, layer);
  return checkedLayer({ ...parallel({ body, shortcut }, { combine: "sum" }), kind: "residual" });
}
