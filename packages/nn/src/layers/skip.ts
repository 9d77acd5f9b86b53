import type { AnyLayer, Layer, None } from "../layer.js";
import { checkedLayer, expectLayer } from "./checkedLayer.js";
import type { ParamsOfEach, StatsOfEach } from "./children.js";
import { identity } from "./identity.js";
import { parallel } from "./parallel.js";

/** The names under which `skip` keeps its two layers. */
export interface SkipParts<B> {
  readonly shortcut: Layer<None, None>;
  readonly body: B;
}

/** `concat([x, body(x)])` along the channels, x first: the skip connection of a U-Net. The body keeps the spatial size. */
export function skip<B extends AnyLayer>(
  body: B,
): Layer<ParamsOfEach<SkipParts<B>>, StatsOfEach<SkipParts<B>>> {
  expectLayer("skip", "body", body);
  const parts: SkipParts<B> = { shortcut: identity(), body };
  // An interface has no index signature; its two members are layers.
  const joined = parallel(parts as SkipParts<B> & Readonly<Record<string, AnyLayer>>);
  return checkedLayer({ ...joined, kind: "skip" });
}
