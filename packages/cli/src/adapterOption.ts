import { chooseAdapter, chooseGpuOrProcessor } from "@clidim/denoise/node";
import { type Command, Option } from "commander";

/** Adds --adapter to a command that opens a device. Without it a GPU computes, or the processor where there is none; what is about adapters takes a software one as well. */
export function addAdapterOption(
  command: Command,
  { aboutAdapters = false }: { readonly aboutAdapters?: boolean } = {},
): Command {
  return command
    .addOption(
      new Option(
        "--adapter <name>",
        "part of the name of the adapter, or its number, where there are several; one that there is not lists them. webassembly: the processor, which computes where there is no GPU",
      ).env("CLIDIM_ADAPTER"),
    )
    .hook("preAction", () => {
      const { adapter } = command.opts<{ readonly adapter?: string }>();
      // Of a variable that is set to nothing.
      if (adapter === "") command.setOptionValue("adapter", undefined);
      if (adapter) chooseAdapter(adapter);
      else if (!aboutAdapters) chooseGpuOrProcessor();
    });
}
