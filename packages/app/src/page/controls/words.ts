/** "3.2 MB", powers of 1000 as file managers count them. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`;
}

/** "about 2 minutes", as exact as anybody can know it. */
export function durationText(seconds: number): string {
  const count = (value: number, unit: string): string => `${value} ${unit}${value === 1 ? "" : "s"}`;
  if (seconds < 5) return "a few seconds";
  if (seconds < 55) return count(Math.round(seconds / 5) * 5, "second");
  if (seconds < 55 * 60) return `about ${count(Math.max(1, Math.round(seconds / 60)), "minute")}`;
  return `about ${count(Math.round(seconds / 360) / 10, "hour")}`;
}

/** A part of something in tens of percent, as a voice says how far it is: "60 %". */
export const tensText = (part: number): string => `${10 * Math.floor(10 * part)} %`;

/** A grey value with as many digits as are worth reading. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return "no number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.01 || size >= 1e7)) return value.toExponential(2);
  return size >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

/** What the library says, as a sentence of its own: with a capital and a full stop, unless it begins with a name or a key. */
export function sentenceText(text: string): string {
  const begun = /^[a-z]+ /.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text;
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}
