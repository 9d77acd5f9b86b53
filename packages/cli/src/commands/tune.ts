import { layerConfiguration, type MethodRegistry } from "@clidim/denoise";
import { tuneKernels } from "@clidim/denoise/node";
import { Command } from "commander";
import { addConfigurationOptions, chosenConfiguration } from "../configurationOptions.js";
import { interruptible } from "../interruption.js";
import { startProgress } from "../progress.js";
import { present } from "../results.js";
import { print, type Terminal } from "../terminal.js";

/** Products in the table, slowest first. */
const ROWS = 20;

export function tuneCommand(terminal: Terminal, methods: MethodRegistry): Command {
  const command = new Command("tune").description(
    "Measure which kernels train fastest on this adapter with this configuration, and keep the choice.",
  );
  return addConfigurationOptions(command, methods, true)
    .addHelpText(
      "after",
      `
Takes seconds on a GPU, and minutes where there is none. The choices are kept in the user's cache directory, per adapter and driver; every
later command takes them from there. Tiles change the last digits of what is computed, so tune before a run, not between its parts.

Examples:
  clidim tune
  clidim tune --preset recommended --ngf 32`,
    )
    .action(async (options: Readonly<Record<string, unknown>>) => {
      const { method, layers } = await chosenConfiguration(methods, options);
      const { configuration } = layerConfiguration(method, layers);
      const { adapter, products, file } = await interruptible(
        terminal,
        "after the product at hand; nothing is kept",
        async (signal) => {
          let progress: ReturnType<typeof startProgress> | undefined;
          try {
            return await tuneKernels(method, configuration, {
              signal,
              onProduct: (product, index, count) => {
                progress ??= startProgress(terminal, "product", count);
                progress.update(index, product);
              },
            });
          } finally {
            progress?.stop();
          }
        },
      );
      if (options.json) {
        for (const product of products) present(terminal, true, "product", product, () => undefined);
        present(terminal, true, "tuned", { adapter, products: products.length, file }, () => undefined);
        return;
      }
      print(terminal, `Adapter ${adapter.name}`);
      const time = ({ tile, milliseconds }: (typeof products)[0]): number => milliseconds[tile]!;
      const slowest = [...products].sort((a, b) => time(b) - time(a)).slice(0, ROWS);
      const width = Math.max(...slowest.map(({ product }) => product.length));
      for (const { product, tile, milliseconds } of slowest) {
        const others = Object.entries(milliseconds)
          .filter(([name]) => name !== tile)
          .map(([name, other]) => `${name} ${other.toFixed(2)}`);
        print(
          terminal,
          `${product.padEnd(width)}  ${tile.padEnd(7)} ${milliseconds[tile]!.toFixed(2)} ms  (${others.join(", ")})`,
        );
      }
      print(terminal, `${products.length} products; kept in ${file}`);
    });
}
