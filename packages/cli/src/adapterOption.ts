import { chooseAdapter } from "@clidim/denoise/node";
import { type Command, Option } from "commander";

/** Adds --adapter to a command that opens a device. */
export function addAdapterOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--adapter <name>",
        "part of the name of the adapter, or its number, where there are several; one that there is not lists them. webassembly: the processor, without a driver",
      ).env("CLIDIM_ADAPTER"),
    )
    .hook("preAction", () => {
      const { adapter } = command.opts<{ readonly adapter?: string }>();
      if (adapter !== undefined) chooseAdapter(adapter);
    });
}
