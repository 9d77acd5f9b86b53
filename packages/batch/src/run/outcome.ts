import { z } from "zod";

/** What the report of a result says in short. */
export interface Trust {
  /** What stands out on any of its pages, each sentence once. */
  readonly findings: string[];
  /** The autocorrelation of the residual that is farthest from 0, of all pages that were assessed: noise of single pixels has none. */
  readonly residualCorrelation: number;
  /** The mean of the residual that is farthest from 0, in its standard errors. */
  readonly residualBias: number;
}

/** A job that is done: its result is there, whole. */
export interface Done {
  readonly status: "done";
  /** Below the folder of the results, with slashes. */
  readonly output: string;
  readonly pixels: number;
  /** Of denoising alone. */
  readonly seconds: number;
  /** The result of this job was there already: a process was killed after it was finished and before that was written down. */
  readonly found?: true | undefined;
  /** Of one that was found: what it was made of, as records name it. */
  readonly input?: { readonly name: string } | undefined;
  readonly notes?: string[] | undefined;
  readonly trust?: Trust | undefined;
  /** As `denoised.json` has it. */
  readonly record?: { readonly output: string; readonly [key: string]: unknown } | undefined;
}

/** An attempt that came to nothing. */
export interface Failed {
  readonly status: "failed";
  /** Why, in a sentence. */
  readonly error: string;
  /** Whether it may go better another time. */
  readonly transient: boolean;
  /** It is of a file of the job that is not there: the process that says so is as good as before. */
  readonly ofFile?: true | undefined;
}

/** What became of an attempt. */
export type Outcome = Done | Failed;

const trust: z.ZodType<Trust> = z.object({
  findings: z.array(z.string()),
  residualCorrelation: z.number(),
  residualBias: z.number(),
});

/** As lines of journals and messages of workers have it. */
export const outcomeSchema: z.ZodType<Outcome> = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("done"),
    output: z.string(),
    pixels: z.number(),
    seconds: z.number(),
    found: z.literal(true).optional(),
    input: z.object({ name: z.string() }).optional(),
    notes: z.array(z.string()).optional(),
    trust: trust.optional(),
    record: z.looseObject({ output: z.string() }).optional(),
  }),
  z.object({
    status: z.literal("failed"),
    error: z.string(),
    transient: z.boolean(),
    ofFile: z.literal(true).optional(),
  }),
]);
