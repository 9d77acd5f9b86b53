import { type LazyPage, measuredPart, type Plane } from "@clidim/imaging";

/** What of a page tells its noise, and the parameters of a method (`measuredPart`). */
export async function calibrationPart(page: LazyPage): Promise<Plane> {
  const part = await measuredPart([page]);
  return part.width === page.width && part.height === page.height ? page.read() : page.read(part);
}
