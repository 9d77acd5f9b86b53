import type { Publication } from "@clidim/denoise";

/** A file of the archive. */
export interface FileDescription {
  readonly source: string;
  readonly sha256: string;
}

/** How long a side may be: one number, or `min`, `min + step` and so on. */
export type SideLength = number | { readonly min: number; readonly step: number };

interface BatchAxis {
  readonly type: "batch";
}

interface ChannelAxis {
  readonly type: "channel";
  readonly channel_names: readonly string[];
}

interface InputSpaceAxis {
  readonly type: "space";
  readonly id: "y" | "x";
  readonly size: SideLength;
}

interface OutputSpaceAxis {
  readonly type: "space";
  readonly id: "y" | "x";
  readonly size: { readonly tensor_id: string; readonly axis_id: "y" | "x" };
  /** So many pixels at either end are to be cut from tiles. */
  readonly halo?: number;
}

interface TensorDescription<A> {
  readonly id: string;
  readonly description: string;
  readonly axes: readonly A[];
  readonly data: { readonly type: "float32" };
  readonly test_tensor: FileDescription;
}

/**
 * What rdf.yaml of a BioImage Model Zoo archive holds: a model's resource description, format 0.5, as far as this package writes it. Names are those of the format
 * (https://github.com/bioimage-io/spec-bioimage-io). There is no `config` on purpose: JDLL (deepImageJ, Icy) gives models without one a nickname, and fails where there is one without a nickname in it.
 */
export interface ResourceDescription {
  readonly type: "model";
  readonly format_version: "0.5.3";
  readonly name: string;
  readonly description: string;
  readonly authors: readonly { readonly name: string }[];
  readonly cite: readonly Publication[];
  /** Of the SPDX list: "CC-BY-4.0". */
  readonly license: string;
  readonly documentation: string;
  readonly tags: readonly string[];
  /** ISO 8601. */
  readonly timestamp: string;
  readonly inputs: readonly TensorDescription<BatchAxis | ChannelAxis | InputSpaceAxis>[];
  readonly outputs: readonly TensorDescription<BatchAxis | ChannelAxis | OutputSpaceAxis>[];
  readonly weights: { readonly onnx: FileDescription & { readonly opset_version: number } };
}

/** What the format allows of authors' names: anything without slashes. */
export const allowedAuthor: RegExp = /^(?=.*\S)[^/\\]+$/;

/** The most characters of a description. */
export const LONGEST_DESCRIPTION = 1024;
