/** How often a job is tried, and how long is waited before it is tried again. */
export interface Retries {
  /** At least 1. */
  readonly attempts: number;
  /** Seconds before the second attempt; twice as many before each further one. */
  readonly backoff: number;
}

/** Seconds to wait after so many failures. */
export const secondsAfter = ({ backoff }: Retries, failures: number): number =>
  backoff * 2 ** Math.max(0, failures - 1);
