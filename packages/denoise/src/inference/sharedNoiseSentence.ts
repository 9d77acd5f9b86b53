import type { ComparedPart } from "../protocol/method.js";

/** That pixels share noise, and how: "noise is shared by neighbouring pixels (correlation 0.47 along rows, 0.45 along columns), which was taken into account; "; empty where each pixel's is its own. */
export function sharedNoiseSentence({ noise: { correlation } }: Pick<ComparedPart, "noise">): string {
  if (!correlation) return "";
  const { near, reach, rows, columns } = correlation;
  const middle = (near.length - 1) / 2;
  const [right, below] = [near[middle + 1]!, near[middle + 2 * reach + 1]!];
  const found = [
    ...(right + below > 0
      ? [
          `by neighbouring pixels (correlation ${right.toFixed(2)} along rows, ${below.toFixed(2)} along columns)`,
        ]
      : []),
    ...(rows > 0 ? [`by whole rows (${percent(rows)} of its variance)`] : []),
    ...(columns > 0 ? [`by whole columns (${percent(columns)} of its variance)`] : []),
  ];
  return `noise is shared ${found.join(", ")}, which was taken into account; `;
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;
