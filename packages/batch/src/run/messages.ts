import { z } from "zod";
import type { Job } from "../plan/job.js";
import { type Outcome, outcomeSchema } from "./outcome.js";

/** What a worker's process is told. */
export type ToWorker =
  | {
      readonly type: "job";
      readonly job: Job;
      readonly attempt: number;
      /** See `Journal`. */
      readonly after?: string;
    }
  /** Leave the job at hand, and end. */
  | { readonly type: "stop" };

/** What it answers. */
export type FromWorker =
  | { readonly type: "ready" }
  /** Of the job of this number. */
  | { readonly type: "outcome"; readonly job: string; readonly outcome: Outcome }
  /** Nothing can be written where results go, whatever the job. */
  | { readonly type: "place"; readonly sentence: string }
  /** This program is not the one to do the job, see `ProgramError`. */
  | { readonly type: "program"; readonly sentence: string };

const schema: z.ZodType<FromWorker> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({
    type: z.literal("outcome"),
    job: z.string(),
    outcome: outcomeSchema,
  }),
  z.object({ type: z.literal("place"), sentence: z.string() }),
  z.object({ type: z.literal("program"), sentence: z.string() }),
]);

/** What a process has said; undefined of what no worker of this version says. */
export const fromWorker = (message: unknown): FromWorker | undefined => schema.safeParse(message).data;
