import { type RegionName, regionNames } from "@clidim/imaging";
import { InvalidArgumentError } from "commander";

/** Parses an option that is a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Parses a fraction in [0, 1). */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1)) {
    throw new InvalidArgumentError("Expected a number of at least 0 and below 1, such as 0.1.");
  }
  return value;
}

/** Parses parts of an image, separated by commas. */
export function regions(text: string): RegionName[] {
  return text.split(",").map((item) => {
    const region = regionNames.find((name) => name === item.trim());
    if (!region) throw new InvalidArgumentError(`Expected a list of ${regionNames.join(", ")}.`);
    return region;
  });
}
