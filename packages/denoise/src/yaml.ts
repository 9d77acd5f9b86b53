/** What reads and writes YAML, apart from the root so that programs that read none do without its parser. */
export { parseAblation } from "./ablation/ablationFile.js";
export { formatConfigurationYaml, parseConfigurationYaml } from "./configuration/configurationYaml.js";
