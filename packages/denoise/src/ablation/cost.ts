import type { Computer } from "../machine/adapter.js";

/** What a result took; of a run that was stopped in between without memory, of which nobody has looked at all. */
export type Cost = { readonly [K in keyof Memory]?: Memory[K] | undefined } & {
  /** Of denoising the test pages; of a classical method, with the choice of its parameters. */
  readonly testSeconds: number;
};

/** What memory something took. */
export interface Memory {
  /** The most memory that the process held meanwhile, what earlier work left in it included. */
  readonly processBytes: number;
  /** How much more that is than it held before. */
  readonly grownBytes: number;
  /** The most that lived on the device meanwhile, which is in the process where software stands in for a GPU; null where none was asked. */
  readonly deviceBytes: number | null;
}

/** Milliseconds between two looks at the memory. */
const INTERVAL = 50;

/** Looks at the memory of the process, and of a device, while something is at work. */
export class MemoryWatch {
  readonly #device: Computer | undefined;
  readonly #timer: NodeJS.Timeout;
  /** The most that the process had ever held before. */
  readonly #before: number = highestOfProcess();
  readonly #held: number = process.memoryUsage.rss();
  #processBytes = 0;
  #deviceBytes = 0;

  constructor(device?: Computer) {
    this.#device = device;
    this.#look();
    this.#timer = setInterval(() => this.#look(), INTERVAL);
    this.#timer.unref();
  }

  #look(): void {
    this.#processBytes = Math.max(this.#processBytes, process.memoryUsage.rss());
    if (this.#device) this.#deviceBytes = Math.max(this.#deviceBytes, this.#device.stats().liveBytes);
  }

  /** Ends it. */
  stop(): Memory {
    clearInterval(this.#timer);
    this.#look();
    // Work that never waits is not looked at; where it needed more than ever, the system knows.
    const highest = highestOfProcess();
    const processBytes = highest > this.#before ? Math.max(highest, this.#processBytes) : this.#processBytes;
    return {
      processBytes,
      grownBytes: processBytes - this.#held,
      deviceBytes: this.#device ? this.#deviceBytes : null,
    };
  }
}

/** The system counts in units of 1024 bytes. */
const highestOfProcess = (): number => 1024 * process.resourceUsage().maxRSS;

/** What it needed by itself, whatever earlier work left behind: on the device, or of a process that asked none; undefined where that is not known. */
export const ownBytes = ({ grownBytes, deviceBytes }: Cost): number | undefined => deviceBytes ?? grownBytes;

/** In megabytes of 10^6 bytes. */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
