import type { Manifest } from "./manifest.js";

/** Of what goes on with a run, what an earlier manifest keeps, and what is to be said of it. */
export interface Continuation {
  /** What computed before, where it was not what goes on. */
  readonly earlier?: Manifest["earlier"];
  /** That the weights will be others than those of an uninterrupted run, a sentence for each reason. */
  readonly warnings: readonly string[];
}

/** With which versions and adapters the sessions before this one computed, where they had others. */
export function earlierSessions(before: Manifest, now: Manifest): Continuation {
  const { versions, adapter, earlier = [] } = before;
  const computedWith = ({ versions: all, adapter: by }: Pick<Manifest, "versions" | "adapter">): string =>
    [all.clidim, all.node, all.platform, by.name].join("\n");
  const others = computedWith(before) === computedWith(now) ? earlier : [...earlier, { versions, adapter }];
  return {
    ...(others.length > 0 && { earlier: others }),
    warnings: [
      ...(adapter.name === now.adapter.name
        ? []
        : [
            `the run was started on ${adapter.name} and goes on on ${now.adapter.name}: it will not end with exactly the same weights`,
          ]),
      ...(versions.clidim === now.versions.clidim
        ? []
        : [
            `the run was started with version ${versions.clidim} of the program and goes on with ${now.versions.clidim}: it may not end with the weights that either has alone`,
          ]),
    ],
  };
}
