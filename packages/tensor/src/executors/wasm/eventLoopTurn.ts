/** Milliseconds that a program computes without a turn for others. */
const between = 20;

let last = performance.now();

/**
 * Gives the event loop a turn where it had none for a while. What computes on the calling thread is finished when it is awaited, so that a loop that awaits nothing else would keep messages, signals and the
 * collection of dropped values waiting until its end.
 */
export async function eventLoopTurn(): Promise<void> {
  if (performance.now() - last < between) return;
  const { port1, port2 } = new MessageChannel();
  // Timers wait for some milliseconds in browsers, messages do not.
  await new Promise<void>((resolve) => {
    port1.addEventListener("message", () => resolve());
    port1.start();
    port2.postMessage(undefined);
  });
  port1.close();
  last = performance.now();
}
