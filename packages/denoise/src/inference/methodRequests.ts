import type { NoiseModel, Plane } from "@clidim/imaging";
import type { Plain } from "../protocol/configurationSpace.js";
import { type ClassicalMethod, type ComparedPart, methodId } from "../protocol/method.js";
import type { Steps } from "../protocol/steps.js";

interface OfMethod {
  /** `name@version`. */
  readonly method: string;
}

/** A page that is to be denoised. */
export interface PageRequest extends OfMethod {
  readonly parameters: Plain;
  readonly page: Plane;
  readonly noise: NoiseModel | undefined;
}

/** A part of the work on a page, see `Division`. */
export interface TaskRequest extends OfMethod {
  readonly task: unknown;
}

/** Pixels that are to be foretold, see `Contest.hiddenErrors`. */
export interface HiddenRequest extends OfMethod {
  readonly parameters: Plain;
  readonly part: ComparedPart;
  readonly set: number;
}

/** What a thread is asked. */
export type MethodRequest = PageRequest | TaskRequest | HiddenRequest;

/** What comes of it. */
export type MethodResult = { readonly page: Plane } | { readonly errors: Float64Array };

/** What a thread says: "ready" before all; of each request what part is done, and at last what comes of it, or that it has failed. */
export type MethodAnswer = "ready" | "failed" | { readonly part: number } | MethodResult;

/** Does what was asked, in the thread that calls it. Throws where the method is not among those given, and what the method throws. */
export function answerMethodRequest(
  methods: readonly ClassicalMethod[],
  request: MethodRequest,
  onPart: (part: number) => void,
): MethodResult {
  const method = methods.find((known) => methodId(known) === request.method);
  if (!method) throw new Error(`answerMethodRequest: expected a method that is known, got ${request.method}`);
  if ("part" in request) {
    const errors = method.contest?.hiddenErrors(request.part, request.set, request.parameters);
    if (!errors) throw new Error(`answerMethodRequest: ${request.method} has no contest`);
    return { errors: Float64Array.from(errors) };
  }
  const steps = stepsOf(method, request);
  for (;;) {
    const step = steps.next();
    if (step.done) return { page: step.value };
    onPart(step.value);
  }
}

function* stepsOf(method: ClassicalMethod, request: PageRequest | TaskRequest): Steps<Plane, number> {
  if ("page" in request) {
    const { page, parameters, noise } = request;
    if (!method.applyInSteps) return method.apply(page, parameters, noise);
    return yield* method.applyInSteps(page, parameters, noise);
  }
  if (!method.division) throw new Error(`answerMethodRequest: ${request.method} is not divided into tasks`);
  return yield* method.division.work(request.task);
}

/** The memory of what is sent to another thread and not needed any more in this one. */
export function transferred(sent: MethodRequest | MethodAnswer): ArrayBuffer[] {
  if (typeof sent === "string") return [];
  const data = "page" in sent ? sent.page.data : "errors" in sent ? sent.errors : undefined;
  return ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer ? [data.buffer] : [];
}
