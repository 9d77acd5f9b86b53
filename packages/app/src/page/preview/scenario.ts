/** What the double of the engine does otherwise than well. */
export interface Scenario {
  /** Stays in the middle of it until it is stopped. */
  readonly hold?: "open" | "denoise" | "denoise again" | "train";
  /** Fails: with a sentence for the user, or as a mistake of its own. */
  readonly fail?: "open" | "denoise" | "train" | "internal";
  readonly gpu: "gpu" | "processor" | "none";
  /** Whether runs of before are in the storage. */
  readonly runs: boolean;
  /** Whether the storage is nearly full, and the browser may remove what is in it. */
  readonly full: boolean;
  readonly memoryGiB: number;
  /** Whether files say what their axes are. */
  readonly doubtful: boolean;
  /** Whether files say what their channels are shown in. */
  readonly coloured: boolean;
  /** Whether files of models are for images of one size. */
  readonly sized: boolean;
  /** Whether whole planes come reduced, as those of large images do. */
  readonly large: boolean;
}

function oneOf<const T extends string>(text: string | null, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === text);
}

/** A scenario from the words of an address. */
export function readScenario(words: URLSearchParams): Scenario {
  const hold = oneOf(words.get("hold"), ["open", "denoise", "denoise again", "train"]);
  const fail = oneOf(words.get("fail"), ["open", "denoise", "train", "internal"]);
  return {
    ...(hold && { hold }),
    ...(fail && { fail }),
    gpu: oneOf(words.get("gpu"), ["gpu", "processor", "none"]) ?? "gpu",
    runs: words.has("runs"),
    full: words.has("full"),
    memoryGiB: Number(words.get("memory") ?? 8),
    doubtful: words.has("doubtful"),
    coloured: words.has("coloured"),
    sized: words.has("sized"),
    large: words.has("large"),
  };
}
