import { InvalidArgumentError } from "commander";

/** A length of time as people say it: `8 s`, `2 min 05 s`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

const SECONDS = { h: 3600, m: 60, s: 1 } as const;

/** Parses a length of time as people type it, hours, minutes and seconds with their units: `90s`, `5m`, `5 min`, `1h30m`; in seconds. */
export function durationOption(text: string): number {
  const [, ...parts] =
    /^(?:([\d.]+)\s*h(?:ours?)?)?\s*(?:([\d.]+)\s*m(?:in(?:utes?)?)?)?\s*(?:([\d.]+)\s*s(?:ec(?:onds?)?)?)?$/i.exec(
      text.trim(),
    ) ?? [];
  const [h = 0, m = 0, s = 0] = parts.map((part) => Number(part ?? 0));
  const seconds = h * SECONDS.h + m * SECONDS.m + s * SECONDS.s;
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError("Expected a time above 0 with its unit, such as 90s, 5m or 1h30m.");
}
