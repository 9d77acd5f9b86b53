import { layerConfiguration, type MethodRegistry } from "@clidim/denoise";
import { formatConfigurationYaml } from "@clidim/denoise/yaml";
import { Command } from "commander";
import { addConfigurationOptions, chosenConfiguration } from "../configurationOptions.js";
import { present } from "../results.js";
import { print, type Terminal } from "../terminal.js";

export function configCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const command = new Command("config").description(
    "Print the configuration that train would use with these options, with the source of each value.",
  );
  return addConfigurationOptions(command, methods, true)
    .addHelpText(
      "after",
      `
Examples:
  clidim config --preset recommended
  clidim config --config mine.yaml --weights.l1 50
  clidim config --preset recommended --ngf 32 > mine.yaml`,
    )
    .action(async (options: Readonly<Record<string, unknown>>) => {
      const { method, layers } = await chosenConfiguration(methods, options);
      const resolved = layerConfiguration(method, layers);
      const record = { method: method.name, ...resolved };
      present(terminal, options.json === true, "configuration", record, () => {
        for (const line of formatConfigurationYaml(method, resolved).trimEnd().split("\n"))
          print(terminal, line);
      });
    });
}
