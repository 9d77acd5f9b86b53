const column = (text, width) => String(text).padStart(width);

const time = (milliseconds) =>
  milliseconds === undefined
    ? ""
    : milliseconds >= 100
      ? milliseconds.toFixed(0)
      : milliseconds >= 1
        ? milliseconds.toFixed(2)
        : milliseconds.toFixed(4);

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** The largest difference of results that rounding explains. */
const tolerance = 2e-3;

/** One row of the benchmark: a line per implementation. */
export function printRow({ name, work, peak, leastMilliseconds, load, failed, results }) {
  const limits = `limits ${(peak.flops / 1e9).toFixed(0)} GFLOP/s, ${(peak.bytes / 1e9).toFixed(1)} GB/s`;
  const least =
    work.flops > 0 ? `, ${(work.flops / 1e9).toFixed(3)} GFLOP, at least ${time(leastMilliseconds)} ms` : "";
  console.log(`\n${name}: ${limits}${least}, load ${load.map((value) => value.toFixed(1)).join(" to ")}`);
  console.log(
    `  ${"".padEnd(20)}${["ms", "ratio", "GFLOP/s", "of peak", "of limit", "host ms", "first ms", "calls"].map((title) => column(title, 11)).join("")}`,
  );
  for (const one of results) {
    const rate =
      work.flops > 0 ? [one.gflops.toFixed(1), percent(one.ofPeak), percent(one.ofLimit)] : ["", "", ""];
    const cells = [
      time(one.milliseconds),
      one.ratio === undefined ? "" : one.ratio.toFixed(2),
      ...rate,
      time(one.hostMilliseconds),
      time(one.firstMilliseconds),
      `${one.rounds.length} x ${one.callsPerRound}`,
    ];
    const doubt = one.deviation > tolerance ? `  differs by ${percent(one.deviation)}` : "";
    console.log(`  ${one.name.padEnd(20)}${cells.map((cell) => column(cell, 11)).join("")}${doubt}`);
  }
  for (const [peer, reason] of Object.entries(failed)) console.log(`  ${peer.padEnd(20)} failed: ${reason}`);
}

/** What a call costs beside the device's time. */
export function printResources(rows) {
  const titles = [
    "dispatches",
    "passes",
    "submits",
    "copies",
    "writes",
    "buffers",
    "textures",
    "bind groups",
    "pipelines",
  ];
  const nameOf = (title) => (title === "bind groups" ? "bindGroups" : title);
  const shown = rows.filter(({ name }) => /^(chain|step|inference)/.test(name));
  if (shown.length === 0) return;
  console.log("\nPer call, when everything is warm; memory is the most that there was at once");
  console.log(
    `  ${"".padEnd(44)}${[...titles, "GPU MiB", "process MiB", "host us each"].map((title) => column(title, 12)).join("")}`,
  );
  for (const { name, results } of shown) {
    for (const { name: who, counts, hostMilliseconds } of results) {
      const { dispatches, peakBytes, residentBytes } = counts;
      const mebibytes = (bytes) => (bytes === undefined ? "" : (bytes / 2 ** 20).toFixed(0));
      const each =
        dispatches && hostMilliseconds !== undefined
          ? ((1e3 * hostMilliseconds) / dispatches).toFixed(1)
          : "";
      const cells = [
        ...titles.map((title) => counts[nameOf(title)] ?? ""),
        mebibytes(peakBytes),
        mebibytes(residentBytes),
        each,
      ];
      console.log(`  ${`${name} ${who}`.padEnd(44)}${cells.map((cell) => column(cell, 12)).join("")}`);
    }
  }
}

/** Fresh processes. */
export function printStart(results) {
  console.log("\nFrom the start of the process to the end of the first laptop step");
  for (const { shaderCache, milliseconds, openMilliseconds, firstStepMilliseconds, load } of results) {
    console.log(
      `  shader cache ${shaderCache}: ${(milliseconds / 1e3).toFixed(2)} s (device open after ${(openMilliseconds / 1e3).toFixed(2)} s, ` +
        `step ${(firstStepMilliseconds / 1e3).toFixed(2)} s), load ${load.toFixed(1)}`,
    );
  }
}

export function printBatch(results) {
  const [{ stacks, pages, size, loads }] = results;
  console.log(
    `\nA batch, ${stacks} stacks of ${pages} pages of ${size} x ${size} for each worker; load ${loads.map((load) => load.toFixed(1)).join(", ")}`,
  );
  for (const { workers, cores, megapixelsPerSecond, ratio } of results) {
    console.log(
      `  ${workers} workers: ${megapixelsPerSecond.toFixed(2)} megapixels/s each, ${ratio.toFixed(2)} of one worker's, with ${cores.toFixed(2)} of a core each`,
    );
  }
}
