/** Positions of a slider over the axis of a histogram, and over what is brighter. */
const STEPS = 500;
const BRIGHTER = 100;

/** A slider whose positions, whole numbers from 0, are grey values. */
export interface ContrastScale {
  readonly last: number;
  /** What a position on the axis differs by from the next. */
  readonly step: number;
  positionOf(value: number): number;
  valueAt(position: number): number;
}

/** The axis of a histogram evenly, and behind its end, where there are brighter pixels, the rest up to these in fewer and greater steps: a bright speck does not take the slider from everything else. */
export function contrastScale(least: number, greatest: number, brightest: number): ContrastScale {
  const step = (greatest - least) / STEPS;
  const beyond = Math.max(0, brightest - greatest) / BRIGHTER;
  return {
    ...{ step, last: beyond > 0 ? STEPS + BRIGHTER : STEPS },
    positionOf: (value) =>
      value <= greatest || beyond === 0
        ? Math.round((value - least) / step)
        : STEPS + Math.round((value - greatest) / beyond),
    valueAt: (position) =>
      position <= STEPS ? least + position * step : greatest + (position - STEPS) * beyond,
  };
}
