import type { Job } from "../plan/job.js";
import type { Outcome } from "./outcome.js";

/** What a worker's process is told. */
export type ToWorker =
  | { readonly type: "job"; readonly job: Job; readonly attempt: number }
  /** Leave the job at hand, and end. */
  | { readonly type: "stop" };

/** What it answers. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "outcome"; readonly outcome: Outcome }
  /** Nothing can be written where results go, whatever the job. */
  | { readonly type: "place"; readonly sentence: string };
