import { WriteStream } from "node:tty";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { reflowed } from "../src/help.js";
import { main } from "../src/main.js";
import { fitting } from "../src/progress.js";
import { captureTerminal } from "./capture.js";

const commands = [
  "demo",
  "train",
  "config",
  "denoise",
  "evaluate",
  "batch",
  "batch plan",
  "batch run",
  "batch status",
  "batch summary",
  "worker",
  "ablate",
  "app",
  "methods",
  "noise",
  "fetch",
  "tune",
  "doctor",
];

async function helpOf(columns: number | undefined, ...args: string[]): Promise<string> {
  const terminal = captureTerminal();
  expect(
    await main([...args, "--help"], {
      ...terminal,
      out: Object.assign(terminal.out, { columns: columns ?? 0 }),
    }),
  ).toBe(0);
  return terminal.printed.out;
}

describe("help fits into the terminal, and no word is lost", () => {
  const wide = new Map<string, string>();
  const words = (text: string): string => text.replace(/ \\\n/g, " ").split(/\s+/).join(" ");
  beforeAll(async () => {
    for (const name of ["", ...commands])
      wide.set(name, await helpOf(1000, ...(name ? name.split(" ") : [])));
  });

  test.each([
    ["", undefined],
    ...commands.map((name) => [name, undefined] as const),
    ["train", 100],
    ["denoise", 60],
  ] as const)("%s, %s columns", async (name, columns) => {
    const help = await helpOf(columns, ...(name ? name.split(" ") : []));
    const longest = help.split("\n").reduce((a, b) => (b.length > a.length ? b : a));
    // A file of YAML stays as it is.
    expect(longest.length, longest).toBeLessThanOrEqual(name === "ablate" ? 84 : (columns ?? 80));
    expect(words(help)).toBe(words(wide.get(name)!));
  });

  test("paragraphs are broken anew, what is announced and indented is not", () => {
    const text =
      "one two three\nfour five six\n\nshort\nlines\n\nExamples:\n  clidim a --b c --d e\n  indented: stays as it is";
    expect(reflowed(text, 12).split("\n")).toEqual([
      ...["one two", "three four", "five six", "", "short", "lines", "", "Examples:"],
      ...["  clidim \\", "      a \\", "      --b \\", "      c \\", "      --d \\", "      e"],
      "  indented: stays as it is",
    ]);
  });
});

test("help goes by all words behind it, and refuses what is no command", async () => {
  const printed = async (...args: string[]) => {
    const terminal = captureTerminal();
    return { code: await main(args, terminal), ...terminal.printed };
  };
  expect(await printed("help", "batch", "plan")).toEqual({
    code: 0,
    out: await helpOf(undefined, "batch", "plan"),
    err: "",
  });
  expect((await printed("help", "batch")).out).toBe(await helpOf(undefined, "batch"));
  for (const words of [["foo"], ["batch", "foo"], ["batch", "plan", "foo"], ["train", "foo"]]) {
    expect(await printed("help", ...words)).toEqual({
      code: 2,
      out: "",
      err: "clidim: unknown command 'foo'\n",
    });
  }
});

test("progress leaves out what has no room, and of a file name the start", () => {
  expect(fitting("2.1/s  3 s left  L1 0.1", 30)).toBe("2.1/s  3 s left  L1 0.1");
  expect(fitting("2.1/s  3 s left  L1 0.1", 20)).toBe("2.1/s  3 s left");
  expect(fitting("a/long/path/to/a.tif", 10)).toBe("…/to/a.tif");
});

describe("options", () => {
  const refused = async (...args: string[]): Promise<string> => {
    const terminal = captureTerminal();
    expect(await main(args, terminal)).toBe(2);
    return terminal.printed.err;
  };

  test("one that is misspelt is named before one that is missing, with what is meant", async () => {
    expect(await refused("train", "--nosiy", "a.tif", "--out", "m")).toBe(
      "clidim: unknown option '--nosiy'\n(Did you mean --noisy?)\n",
    );
    expect(await refused("denoise", "--overwrit")).toBe(
      "clidim: unknown option '--overwrit'\n(Did you mean --overwrite?)\n",
    );
    expect(await refused("evaluate", "--clean=a.tif", "--", "--nosiy")).toMatch(
      /required option '--prediction/,
    );
  });

  test("one that is missing is said where what looks like an unknown one is a value", async () => {
    expect(await refused("train", "--noisy", "a.tif", "--clean", "--averag")).toMatch(
      /^clidim: required option '--out <dir>' not specified\n$/,
    );
    expect(await refused("batch", "plan", "--model", "--x", "--method")).toMatch(
      /^clidim: required option '--in <files\.\.\.>' not specified\n$/,
    );
  });

  test("an adapter that there is not lists those that there are", async () => {
    const sentence = /^clidim: adapter is "(none such|99)"; expected one of 0: .* \(--adapter\)\n$/;
    expect(await refused("tune", "--adapter", "none such")).toMatch(sentence);
    vi.stubEnv("CLIDIM_ADAPTER", "99");
    expect(await refused("tune")).toMatch(sentence);
    vi.unstubAllEnvs();
    const { out, printed } = captureTerminal();
    const terminal = { out, err: captureTerminal().err };
    expect(await main(["doctor", "--adapter", "0"], terminal), printed.out).toBe(0);
    expect(printed.out).toMatch(/^(ok|note) +Adapter /m);
  });
});

test("colours are for terminals, unless NO_COLOR or FORCE_COLOR says otherwise", async () => {
  const printed = async (isTTY: boolean): Promise<string> => {
    const terminal = captureTerminal(isTTY);
    // That of a stream that is a terminal, which looks at the environment.
    const getColorDepth = (): number => WriteStream.prototype.getColorDepth();
    await main(["denoise", "--out", "o", "none.tif"], {
      ...terminal,
      err: Object.assign(terminal.err, { getColorDepth }),
    });
    return terminal.printed.err;
  };
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  vi.stubEnv("CI", undefined); // where it is set, Node sees no colours
  expect(await printed(false)).toMatch(/^clidim: /);
  expect(await printed(true)).toContain("\u001b[31mclidim:\u001b[39m ");
  vi.stubEnv("FORCE_COLOR", "1");
  expect(await printed(false)).toContain("\u001b[31mclidim:");
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("NO_COLOR", "1");
  expect(await printed(true)).toMatch(/^clidim: /);
  vi.unstubAllEnvs();
});
