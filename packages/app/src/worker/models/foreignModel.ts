import type { ForeignReader } from "@clidim/denoise/node";

/** Networks of other programs, by what is loaded for these alone. */
export const foreignModel: ForeignReader = async (bytes, name) => {
  if (!isForeign(name)) return undefined;
  const { importDenoiser } = await import("@clidim/import");
  return importDenoiser(bytes, name);
};

/** Whether a file is called like those of other programs. */
export const isForeign = (name: string): boolean => /\.(onnx|zip)$/i.test(name);
