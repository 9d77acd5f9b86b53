const width = 30;

/**
 * A bar that is drawn over itself on a terminal; elsewhere only the finished one is printed. The function it returns takes
 * how many of `total` are done and what to say beside the bar.
 */
export function progressBar(label: string, total: number): (done: number, note: string) => void {
  return (done, note) => {
    const filled = Math.round((width * done) / total);
    const line = `${label} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${total} ${note}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K${done === total ? "\n" : ""}`);
    else if (done === total) console.log(line);
  };
}
