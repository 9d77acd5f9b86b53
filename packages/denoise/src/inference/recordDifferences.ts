import { basename } from "node:path";
import { z } from "zod";
import type { ChannelsDenoiser, PlannedChannel } from "./fileChannels.js";
import type { InputPlanes } from "./openInput.js";
import { AUTOMATIC, namedInput } from "./resultRecord.js";

/** What is about to be denoised, and how. */
export interface PlannedResult {
  /** The path with its page range. */
  readonly input: string;
  readonly planes: InputPlanes;
  readonly channels: readonly PlannedChannel[];
  readonly denoisers: readonly ChannelsDenoiser[];
  /** Of what is asked for beside the result and lies there: over how many passes the map is to be, and how many samples. */
  readonly uncertainty?: number | undefined;
  readonly samples?: number | undefined;
  /** Of the result, where it is not the input's. */
  readonly dtype?: string | undefined;
}

const range = z.object({ first: z.number(), last: z.number() });
const planes = z.union([range, z.array(range)]).optional();

/** What of a record can be compared. */
const schema = z.looseObject({
  input: z.looseObject({ name: z.string(), z: planes, t: planes, nodata: z.number().optional() }),
  channels: z.array(
    z.looseObject({
      methods: z.array(z.string()).optional(),
      models: z.array(z.looseObject({ sha256: z.string() })).optional(),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  uncertainty: z.number().optional(),
  samples: z.number().optional(),
  dtype: z.string().optional(),
});

/** Those methods or models that were asked for: what was chosen on an image is not known before. */
const given = <T>(chosen: readonly T[], { method }: Readonly<Record<string, unknown>>): readonly T[] =>
  method === AUTOMATIC.method ? [] : chosen;

/** In what a recorded result differs from the one that would be made now, in words such as "another method"; nothing where the record does not say how it was made. */
export function recordDifferences(record: unknown, now: PlannedResult): string[] {
  const parsed = schema.safeParse(record);
  if (!parsed.success) return [];
  const { input, channels, uncertainty, samples, dtype } = parsed.data;
  const made = now.channels.map(({ by }) => (by === undefined ? undefined : now.denoisers[by]!.record));
  const compared: readonly (readonly [what: string, before: unknown, now: unknown])[] = [
    [
      "another source or other planes",
      [basename(input.name), input.z, input.t],
      [basename(namedInput(now.input)), now.planes.z, now.planes.t],
    ],
    ["another value that stands for no value", input.nodata, now.planes.nodata],
    [
      "another method",
      channels.map(({ methods = [], options = {} }) => given(methods, options)),
      made.map((one) => (one ? given(one.methods, one.options) : [])),
    ],
    [
      "another model",
      channels.map(({ models = [], options = {} }) => given(models, options).map(({ sha256 }) => sha256)),
      made.map((one) => one?.models.map(({ sha256 }) => sha256) ?? []),
    ],
    ["other options", channels.map(({ options = {} }) => options), made.map((one) => one?.options ?? {})],
    ["another pixel type", dtype, now.dtype],
    // Of what is not asked for there is nothing to be said.
    ["a map over another number of passes", now.uncertainty && uncertainty, now.uncertainty],
    ["another number of samples", now.samples && samples, now.samples],
  ];
  return compared
    .filter(([, before, after]) => JSON.stringify(before) !== JSON.stringify(after))
    .map(([what]) => what);
}
