// Speaks as `clidim worker` does to the process that has started it; what becomes of a job is in the name of its file.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

process.on("message", ({ type, job, attempt }) => {
  if (type === "stop") {
    process.disconnect();
    return;
  }
  const { file } = job.input;
  appendFileSync(join(job.out, "..", "attempts"), `${file} ${attempt} ${process.pid}\n`);
  if (/crashes-always/.test(file) || (/crashes-once/.test(file) && attempt === 1))
    process.kill(process.pid, "SIGKILL");
  else if (/full/.test(file))
    process.send({ type: "place", sentence: `write ${job.out}: no space left on the disk` });
  else if (/version/.test(file))
    process.send({ type: "program", sentence: `${file} was planned with gaussian@1` });
  else if (/unknown/.test(file) && attempt < 3)
    // Of another version, and of another job.
    process.send(
      attempt === 1
        ? { type: "outcome", outcome: { status: "finished" } }
        : { type: "outcome", job: "another", outcome: { status: "failed", error: "", transient: false } },
    );
  // An endless one is answered by nothing.
  else if (!/endless/.test(file)) {
    const failed = (error, transient) => ({ status: "failed", error, transient });
    const outcome = /damaged/.test(file)
      ? failed(`${file} is damaged`, false)
      : /missing/.test(file)
        ? { ...failed(`${file} is missing`, true), ofFile: true }
        : /lost/.test(file) && attempt < 3
          ? failed("the device was lost", true)
          : { status: "done", output: job.output, pixels: 1, seconds: 1 };
    if (outcome.status === "done") {
      mkdirSync(join(job.out, ".batch", "journal"), { recursive: true });
      writeFileSync(join(job.out, job.output), "");
      const entry = {
        ...outcome,
        job: job.id,
        attempt,
        worker: String(process.pid),
        at: new Date().toISOString(),
      };
      appendFileSync(
        join(job.out, ".batch", "journal", `${process.pid}.jsonl`),
        `${JSON.stringify(entry)}\n`,
      );
    }
    process.send({ type: "outcome", job: job.id, outcome });
  }
});
process.send({ type: "ready" });
