import type { QueuePlace } from "@clidim/batch";
import { InputError } from "@clidim/imaging";
import { type Command, Option } from "commander";

/** What the options of a queue are parsed to. */
export interface QueueOptions {
  readonly redis?: string;
  readonly queue: string;
}

/** Adds --redis and --queue. */
export function addQueueOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--redis <url>",
        "the Redis of the queue, such as redis://host:6379; with a password in it, better as the variable",
      ).env("CLIDIM_REDIS"),
    )
    .option("--queue <name>", "the name of the queue", "clidim");
}

/** The queue that the options name; an `InputError` where they name no Redis. */
export function chosenQueue({ redis, queue }: QueueOptions): QueuePlace {
  if (redis === undefined) {
    throw new InputError("redis: expected the address of the queue's Redis, such as redis://localhost:6379", {
      keys: ["redis"],
    });
  }
  return { redis, queue };
}
