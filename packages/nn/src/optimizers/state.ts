import type { Tensor } from "@clidim/tensor";

declare const place: unique symbol;

/** In the description of a state: a tree of the structure of the parameters stands here. */
export interface LikeParams {
  readonly [place]: true;
}

/** The state that `S` describes, for parameters of type `P`: { m: LikeParams, step: Tensor } is { m: P, step: Tensor }. */
export type State<S, P> = S extends LikeParams
  ? P
  : S extends Tensor
    ? Tensor
    : { readonly [K in keyof S]: State<S[K], P> };
