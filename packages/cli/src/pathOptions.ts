import { type Command, InvalidArgumentError, type Option } from "commander";

/** What stands for a path in the flags of an option: `--out <dir>`, `--noisy <files...>`. */
const PATH = /<(dir|file|files|path)(\.\w+)?(\.\.\.)?>$/;
/** The argument that is one path; those that are several may be patterns, and are looked at with these. */
const JOBS = "jobs";

/** Has the options of a command whose values are paths refuse what is none: nothing, as an unset variable of a shell leaves it, and a flag of the command, as it is taken for the value of an option that has none. So does the argument that is a path. */
export function refuseEmptyPaths(command: Command): void {
  for (const option of command.options.filter(({ flags }) => PATH.test(flags))) {
    const parse = option.parseArg;
    option.argParser<unknown>((text, before) => {
      checkPath(command, text);
      if (parse) return parse(text, before);
      return option.variadic ? [...((before as readonly string[] | undefined) ?? []), text] : text;
    });
  }
  for (const argument of command.registeredArguments.filter((one) => one.name() === JOBS)) {
    argument.argParser((text) => {
      checkPath(command, text);
      return text;
    });
  }
}

function checkPath(command: Command, text: string): void {
  if (text === "") {
    throw new InvalidArgumentError(
      "Expected a path, got nothing: a variable of the shell may not be set; name the file or folder.",
    );
  }
  const flag = text.split("=")[0];
  const isOwn = ({ long, short }: Option): boolean => flag === long || flag === short;
  if (!command.options.some(isOwn)) return;
  throw new InvalidArgumentError(
    `${text} is an option itself; name the file or folder before it (./${text} where it is called so).`,
  );
}
