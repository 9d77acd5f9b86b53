/** A stream of the process. */
type Stream = Pick<NodeJS.WriteStream, "on" | "write">;

/**
 * Goes on without an output that cannot be written to: what a command does is worth more than what it prints of it, and has records to write. That a reader such as `head` has closed its
 * pipe is no failure; anything else (a disk that is full) is said once on `err`. Whether there was such a failure.
 */
export function outliveOutput(out: Stream, err: Stream): () => boolean {
  let failed = false;
  out.on("error", (error: NodeJS.ErrnoException) => {
    // Each further line fails anew.
    if (error.code === "EPIPE" || failed) return;
    failed = true;
    err.write(`clidim: the output cannot be written (${error.message}); the work goes on without it\n`);
  });
  err.on("error", () => undefined); // there is nowhere else to say it
  return () => failed;
}
