import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { TrainProgress } from "../../engine/engine.js";
import { Plot, type PlotSeries } from "../inspect/Plot.js";

const colours = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5"] as const;

type Measured = "losses" | "validation";

/** One curve for each name, over the updates that have any of them. */
function curvesOf(
  history: readonly TrainProgress[],
  measured: Measured,
  names: readonly string[],
): { readonly x: number[]; readonly series: PlotSeries[] } {
  const points = history.filter((point) => names.some((name) => point[measured]?.[name] !== undefined));
  return {
    x: points.map(({ update }) => update),
    series: names.map((name, i) => ({
      name,
      colour: colours[i % colours.length]!,
      dashed: i >= colours.length,
      values: points.map((point) => point[measured]?.[name] ?? null),
    })),
  };
}

/** The losses that the method wants shown, and what the held-out crops say, over the updates. */
export function Curves({ history }: { readonly history: readonly TrainProgress[] }): JSX.Element {
  const losses = useMemo(() => curvesOf(history, "losses", history.at(-1)?.shown ?? []), [history]);
  const validation = useMemo(() => {
    const names = new Set(history.flatMap((point) => Object.keys(point.validation ?? {})));
    return curvesOf(history, "validation", [...names]);
  }, [history]);
  return (
    <>
      {losses.x.length > 0 && (
        <section class="panel__section" aria-labelledby="curve-losses">
          <h3 id="curve-losses">Losses</h3>
          <Plot label="Losses over updates" xName="update" height={128} {...losses} />
        </section>
      )}
      {validation.x.length > 0 && (
        <section class="panel__section" aria-labelledby="curve-validation">
          <h3 id="curve-validation">Validation</h3>
          <Plot label="Validation over updates" xName="update" height={112} {...validation} />
        </section>
      )}
    </>
  );
}
