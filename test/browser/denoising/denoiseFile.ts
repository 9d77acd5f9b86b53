import { denoiser, importModel, type MethodRegistry } from "@clidim/denoise";
import {
  blobBytes,
  blobSink,
  castImage,
  createImage,
  denormalize,
  lazyStack,
  normalize,
  openImage,
} from "@clidim/imaging";

/** An image file denoised with a model file, both as bytes: every page of it, in a file of the same kind. The same in Node as in a browser. */
export async function denoiseFile(
  methods: MethodRegistry,
  {
    name,
    image,
    model,
  }: { readonly name: string; readonly image: Uint8Array<ArrayBuffer>; readonly model: Uint8Array },
): Promise<Uint8Array> {
  const { method, configuration, normalization, variables } = importModel(model, methods);
  const denoise = denoiser(method, configuration, variables);
  const source = await openImage(name, blobBytes(new Blob([image]), name));
  const { axes, shape, dtype, metadata } = source;
  const stack = lazyStack(source);
  const sink = blobSink();
  const writer = await createImage(name, sink, { axes, shape, dtype, metadata });
  const { width, height } = stack;
  for (let page = 0; page < stack.pageCount; page++) {
    const { data } = await stack.readPage(page);
    const values = await denoise(normalize(data, normalization), width, height);
    await writer.writePage(castImage({ width, height, data: denormalize(values, normalization) }, dtype));
  }
  await writer.close();
  await source.close();
  return new Uint8Array(await sink.blob().arrayBuffer());
}
