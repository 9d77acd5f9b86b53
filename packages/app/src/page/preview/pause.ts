/** Waits; rejects as a stopped job does once `stopped` says so. */
export async function pause(milliseconds: number, stopped: () => boolean = () => false): Promise<void> {
  const until = performance.now() + milliseconds;
  do {
    if (stopped()) throw { sentence: "Stopped.", stopped: true, internal: false };
    await new Promise((resolve) => setTimeout(resolve, Math.min(50, milliseconds)));
  } while (performance.now() < until);
}
