import { type Job, jobId } from "@clidim/batch";

/** Jobs of files that nobody opens, one for each name. */
export const fictitiousJobs = (out: string, ...names: string[]): Job[] =>
  names.map((name) => {
    const job: Omit<Job, "id"> = {
      format: "clidim-job",
      formatVersion: 1,
      input: { file: `/data/${name}`, bytes: 1 },
      ...{ out, folder: "", output: name, pixels: 1, methods: ["gaussian@1"], files: [] },
      parameters: { method: "gaussian" },
    };
    return { ...job, id: jobId(job) };
  });
