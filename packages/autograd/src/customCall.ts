import type { CustomCall } from "@clidim/tensor/graph";

/** The call a node belongs to, which its parameters do not type as that. */
export const customCallOf = (params: { readonly backward: unknown }): CustomCall =>
  params.backward as CustomCall;
