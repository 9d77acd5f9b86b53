import { withValue } from "@clidim/denoise";

/** Values by dotted keys as records in records. */
export const nestedValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.entries(values).reduce<Record<string, unknown>>(
    (all, [key, value]) => withValue(all, key, value),
    {},
  );
