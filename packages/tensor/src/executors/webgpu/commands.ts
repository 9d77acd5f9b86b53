import { remember } from "../../remember.js";
import type { Pipeline } from "./device/pipelines.js";
import type { Device } from "./device.js";
import type { BoundStep, CopyToTexture, Loop, ProgramStep, Resource } from "./kernels/step.js";
import { turnStride } from "./passes/layOutTurns.js";

/** Combinations of outside buffers remembered; they alternate between few places. */
export const maxRemembered = 8;

type DispatchStep = BoundStep & { readonly kind: "dispatch" };

interface DispatchCommand {
  readonly step: DispatchStep;
  readonly pipeline: Pipeline;
  /** Bind groups by the identity of the buffers that come from outside. */
  readonly bindGroups: Map<string, GPUBindGroup>;
  readonly mostBindGroups: number;
  /** The resources that differ from run to run, or from turn to turn. */
  readonly external: readonly Resource[];
}

interface CopyCommand {
  readonly step: CopyToTexture;
  readonly external: readonly Resource[];
}

interface LoopCommand {
  readonly step: Loop;
  readonly commands: readonly Command[];
}

/** A step of a program with what it takes to record it. */
export type Command = DispatchCommand | CopyCommand | LoopCommand;

/** Part of a buffer that holds other things too. */
export interface PartOfBuffer {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** What is bound, per resource; undefined where a resource comes from outside. */
export type Bound = (GPUBuffer | GPUTexture | PartOfBuffer | undefined)[];

/** One command as the queue takes it. */
export type Recorded =
  | {
      readonly kind: "dispatch";
      readonly step: DispatchStep;
      readonly pipeline: GPUComputePipeline;
      readonly group: GPUBindGroup;
      /** Where the number of the turn stands, for a kernel that reads it. */
      readonly offsets: readonly number[] | undefined;
      /** Where the workgroups stand, of a command that may run or not. */
      readonly indirect: { readonly buffer: GPUBuffer; readonly offset: number } | undefined;
    }
  | { readonly kind: "copyToTexture"; readonly source: GPUBuffer; readonly texture: GPUTexture };

const bufferIds = new WeakMap<GPUBuffer, number>();
let nextBufferId = 0;

/** A number for each buffer. */
export function bufferId(buffer: GPUBuffer): number {
  let id = bufferIds.get(buffer);
  if (id === undefined) {
    id = nextBufferId++;
    bufferIds.set(buffer, id);
  }
  return id;
}

/** Compiles the kernels of all steps at once, those of loops included. */
export async function pipelinesOf(
  steps: readonly ProgramStep[],
  device: Device,
): Promise<ReadonlyMap<ProgramStep, Pipeline>> {
  const dispatches: DispatchStep[] = [];
  const visit = (inside: readonly ProgramStep[]): void => {
    for (const step of inside) {
      if (step.kind === "dispatch") dispatches.push(step);
      else if (step.kind === "loop") visit(step.steps);
    }
  };
  visit(steps);
  const compiled = await Promise.all(dispatches.map((step) => device.pipeline(step.kernel)));
  return new Map(dispatches.map((step, k) => [step, compiled[k]!]));
}

/** `owned` has what does not change from run to run. `depth` loops are around the steps. */
export function commandsOf(
  steps: readonly ProgramStep[],
  pipelines: ReadonlyMap<ProgramStep, Pipeline>,
  owned: Bound,
  depth = 0,
): Command[] {
  const changing = (named: readonly Resource[]): Resource[] => named.filter((resource) => !owned[resource]);
  return steps.map((step): Command => {
    switch (step.kind) {
      case "dispatch":
        return {
          step,
          pipeline: pipelines.get(step)!,
          bindGroups: new Map(),
          // What a loop carries lies in three places: at first, and then in two by turns.
          mostBindGroups: maxRemembered * 3 ** depth,
          external: changing(step.resources),
        };
      case "copyToTexture":
        return { step, external: changing([step.source]) };
      case "loop":
        return { step, commands: commandsOf(step.steps, pipelines, owned, depth + 1) };
      default:
        return step satisfies never;
    }
  });
}

/** The resources that come from outside the program and that some command names. */
export function externalOf(commands: readonly Command[]): Resource[] {
  const external = new Set<Resource>();
  const inLoops = new Set<Resource>();
  for (const command of commands) {
    if (!("commands" in command)) {
      for (const resource of command.external) external.add(resource);
      continue;
    }
    for (const resource of externalOf(command.commands)) external.add(resource);
    for (const { initial, final, between, now, next } of command.step.carried) {
      inLoops.add(now).add(next);
      for (const resource of [initial, final, between]) external.add(resource);
    }
  }
  return [...external].filter((resource) => !inLoops.has(resource));
}

/**
 * Every command as often as it runs, in order, with what is bound. `bound` changes on the way: at each turn it has what the loop carries where it lies then.
 */
export function recordCommands(
  commands: readonly Command[],
  bound: Bound,
  bindGroup: (command: DispatchCommand) => GPUBindGroup,
): Recorded[] {
  const recorded: Recorded[] = [];
  const visit = (inside: readonly Command[], turn: number): void => {
    for (const command of inside) {
      if ("commands" in command) {
        const { length, reverse, carried } = command.step;
        for (let k = 0; k < length; k++) {
          for (const { initial, final, between, now, next } of carried) {
            // The last turn ends at `final`.
            const place = (turns: number): Resource => ((length - turns) % 2 === 0 ? final : between);
            bound[now] = bound[k === 0 ? initial : place(k)];
            bound[next] = bound[place(k + 1)];
          }
          visit(command.commands, reverse ? length - 1 - k : k);
        }
      } else if ("pipeline" in command) {
        const { step, pipeline, external, bindGroups, mostBindGroups } = command;
        const key = external.map((resource) => bufferId(bound[resource] as GPUBuffer)).join();
        recorded.push({
          kind: "dispatch",
          step,
          pipeline: pipeline.pipeline,
          group: remember(bindGroups, key, mostBindGroups, () => bindGroup(command)),
          offsets: step.kernel.bindings.includes("turn") ? [turn * turnStride] : undefined,
          // A gate is a buffer; behind the word that says whether an entry is open are its workgroups.
          indirect: step.gate && {
            buffer: bound[step.gate.resource] as GPUBuffer,
            offset: step.gate.offset + 4,
          },
        });
      } else {
        // A copy's source is a buffer, its target a texture.
        const source = bound[command.step.source] as GPUBuffer;
        recorded.push({ kind: "copyToTexture", source, texture: bound[command.step.texture] as GPUTexture });
      }
    }
  };
  visit(commands, 0);
  return recorded;
}
