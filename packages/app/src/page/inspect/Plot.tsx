import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { plotColumns } from "./plotColumns.js";
import "./plot.css";

export interface PlotSeries {
  readonly name: string;
  /** The name of a custom property of the page. */
  readonly colour: `--${string}`;
  readonly dashed?: boolean;
  /** Null where it was not measured. */
  readonly values: readonly (number | null)[];
}

const numberText = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : Number(value.toPrecision(4)).toString();

/** The last value that there is up to an index. */
const valueAt = (values: readonly (number | null)[], index: number): number | null =>
  values.slice(0, index + 1).findLast((value) => value !== null) ?? null;

/** Curves over one axis. Above them their names with the values under the pointer, else the last ones. Colours follow the theme. */
export function Plot({
  label,
  xName,
  x,
  series,
  height,
}: {
  readonly label: string;
  readonly xName: string;
  readonly x: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly height: number;
}): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const latest = useRef(plotColumns(x, series));
  latest.current = plotColumns(x, series);
  const kinds = series.map(({ name, colour, dashed = false }) => `${name} ${colour} ${dashed}`).join();

  // What the series are is in `kinds`; their values come by the effect below.
  useEffect(() => {
    const parent = element.current!; // It is there once it was rendered
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const draw = (): void => {
      plot.current?.destroy();
      const style = getComputedStyle(parent);
      const colour = (name: string): string => style.getPropertyValue(name);
      const axis: uPlot.Axis = {
        stroke: colour("--ink-soft"),
        font: `11px ${style.fontFamily}`,
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
      };
      plot.current = new uPlot(
        {
          width: Math.max(120, parent.clientWidth),
          height,
          scales: { x: { time: false } },
          legend: { show: false },
          hooks: { setCursor: [({ cursor }) => setPointed(cursor.idx ?? undefined)] },
          cursor: { y: false, drag: { x: false, y: false } },
          axes: [
            { ...axis, size: 24, gap: 4 },
            { ...axis, size: 46, gap: 4 },
          ],
          series: [
            {},
            ...series.map((one): uPlot.Series => {
              const stroke = colour(one.colour);
              return {
                label: one.name,
                stroke,
                width: 1.5,
                ...(one.dashed === true && { dash: [4, 3] }),
                points: { show: ({ data }) => data[0].length < 3 },
              };
            }),
          ],
        },
        latest.current,
        parent,
      );
    };
    draw();
    dark.addEventListener("change", draw);
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(120, parent.clientWidth), height }),
    );
    sizes.observe(parent);
    return () => {
      dark.removeEventListener("change", draw);
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [kinds, xName, height]);

  useEffect(() => {
    plot.current?.setData(plotColumns(x, series));
  }, [x, series]);

  const index = pointed ?? x.length - 1;
  return (
    <figure class="plot">
      <figcaption class="plot__legend numbers">
        {series.map(({ name, colour, values }) => (
          <span key={name}>
            <span class="plot__swatch" style={{ background: `var(${colour})` }} /> {name}{" "}
            <b>{numberText(valueAt(values, index))}</b>
          </span>
        ))}
        {index >= 0 && (
          <span class="plot__at">
            {xName} {Math.round(x[index] ?? 0)}
          </span>
        )}
      </figcaption>
      <div role="img" aria-label={label} ref={element} />
    </figure>
  );
}
