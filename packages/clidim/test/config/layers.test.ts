import {
  describeConfiguration,
  layerConfiguration,
  parseConfigurationValue,
  resolveConfiguration,
  withValue,
} from "@clidim/denoise";
import { formatConfigurationYaml, parseConfigurationYaml } from "@clidim/denoise/yaml";
import { InputError } from "@clidim/imaging";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { presets } from "../../src/presets.js";

describe("layerConfiguration", () => {
  const file = parseConfigurationYaml(
    "preset: recommended\nngf: 32\nweights:\n  l1: 10\ncontrastive:\n  mode: joint\n  weight: 0.3\n",
    "run.yaml",
  );

  it("later layers win, and every value has a source", () => {
    const { configuration, sources } = layerConfiguration(clidim, {
      file,
      flags: { ngf: 16, batch: undefined, contrastive: { temperature: 0.2 } },
    });
    expect(configuration).toEqual(
      resolveConfiguration(clidim, "recommended", {
        ngf: 16,
        weights: { l1: 10 },
        contrastive: { mode: "joint", weight: 0.3, temperature: 0.2 },
      }),
    );
    expect(sources).toMatchObject({
      preset: "file",
      ngf: "flag",
      batch: "default",
      "weights.l1": "file",
      "weights.ssim": "default",
      "contrastive.mode": "file",
      "contrastive.weight": "file",
      "contrastive.temperature": "flag",
      "contrastive.feature": "default",
      notes: "preset",
    });
  });

  it("the sources are those of the values there are", () => {
    for (const layers of [
      {},
      { file },
      { preset: "as-released" },
      { flags: { normalization: { mode: "minmax", scope: "data" } } },
    ]) {
      const { configuration, sources } = layerConfiguration(clidim, layers);
      const paths = Object.entries(configuration).flatMap(([key, value]) =>
        typeof value === "object" && !Array.isArray(value)
          ? Object.keys(value).map((member) => `${key}.${member}`)
          : [key],
      );
      expect(Object.keys(sources).toSorted()).toEqual(paths.toSorted());
    }
    expect(layerConfiguration(clidim, { preset: "as-released" }).sources).toMatchObject({
      preset: "flag",
      batch: "preset",
      "normalization.scope": "preset",
      "contrastive.loss": "preset",
      "weights.tv": "preset",
      "weights.l1": "default",
      learningRate: "default",
    });
    expect(layerConfiguration(clidim, {}).sources.preset).toBe("default");
  });

  it("a flag's preset wins over the file's", () => {
    const { configuration, sources } = layerConfiguration(clidim, { file, flags: { preset: "laptop" } });
    expect([configuration.preset, configuration.crop, configuration.ngf, sources.preset]).toEqual([
      "laptop",
      64,
      32,
      "flag",
    ]);
  });

  it("says in which file a bad key is", () => {
    const bad = parseConfigurationYaml("batch: 0\nnfg: 3\nweights: {l3: 1}\n", "run.yaml");
    expect(() => layerConfiguration(clidim, { file: bad, flags: { downs: 99 } })).toThrow(InputError);
    expect(() => layerConfiguration(clidim, { file: bad, flags: { downs: 99 } })).toThrow(
      /downs is 99; allowed.*batch \(in run\.yaml\) is 0; allowed: a whole number/,
    );
    expect(() => layerConfiguration(clidim, { file: bad })).toThrow(
      /nfg \(in run\.yaml\) is not a key; allowed: preset, network, downs, ngf/,
    );
    expect(() => layerConfiguration(clidim, { file: bad })).toThrow(
      /weights\.l3 \(in run\.yaml\) is not a key; allowed: gan, l1/,
    );
    const preset = parseConfigurationYaml("preset: tiny\n", "run.yaml");
    expect(() => layerConfiguration(clidim, { file: preset })).toThrow(
      /preset is "tiny"; allowed: quick, best, laptop, as-printed/,
    );
  });
});

describe("parseConfigurationYaml", () => {
  it("reads values of all kinds, comments and nothing at all", () => {
    const { name, values } = parseConfigurationYaml(
      "# a run\nlearningRate: 2e-4\ndiffAugment: [cutout, brightness] # both\ncontrastive: { l2norm: false }\n",
      "a.yaml",
    );
    expect(name).toBe("a.yaml");
    expect(values).toEqual({
      learningRate: 2e-4,
      diffAugment: ["cutout", "brightness"],
      contrastive: { l2norm: false },
    });
    expect(parseConfigurationYaml("# nothing yet\n", "a.yaml").values).toEqual({});
  });

  it.each([
    ["batch: 3\n  ngf: [1,\n", /^a\.yaml:\d+:\d+: not YAML: /],
    ["batch: 3\nbatch: 4\n", /^a\.yaml:2:1: not YAML: .*unique/],
    ["- 3\n", /^a\.yaml: expected keys and values, such as "updates: 1500", got \[3\]/],
    ["laptop\n", /^a\.yaml: expected keys and values/],
    ["a: *missing\n", /^a\.yaml.*not YAML/],
  ])("says where %j is wrong", (text, message) => {
    expect(() => parseConfigurationYaml(text, "a.yaml")).toThrow(InputError);
    expect(() => parseConfigurationYaml(text, "a.yaml")).toThrow(message);
  });
});

describe("formatConfigurationYaml", () => {
  it.each(Object.keys(presets))("%s comes back as it was", (preset) => {
    const resolved = layerConfiguration(clidim, { preset, flags: { diffAugment: ["cutout"], batch: 5 } });
    const text = formatConfigurationYaml(clidim, resolved);
    const { configuration } = layerConfiguration(clidim, {
      file: parseConfigurationYaml(text, "printed.yaml"),
    });
    expect(configuration).toEqual(resolved.configuration);
  });

  it("gives the source of each value", () => {
    const text = formatConfigurationYaml(
      clidim,
      layerConfiguration(clidim, {
        preset: "as-released",
        flags: { batch: 5, diffAugment: ["cutout"], contrastive: { weight: 2 } },
      }),
    );
    expect(text).toMatch(/^batch: 5 # flag$/m);
    expect(text).toMatch(/^updates: 2403 # preset$/m);
    expect(text).toMatch(/^ {2}weight: 2 # flag$/m);
    expect(text).toMatch(/^ {2}l2norm: false # preset$/m);
    expect(text).toMatch(/^# flag\ndiffAugment:\n {2}- cutout$/m);
  });
});

describe("describeConfiguration", () => {
  const keys = describeConfiguration(clidim);

  it("lists every key of a configuration, and no other", () => {
    const listed = keys.map(({ key }) => key);
    const { notes: _notes, normalization: _union, ...rest } = presets.recommended;
    const expected = Object.entries(rest).flatMap(([key, value]) =>
      typeof value === "object" && !Array.isArray(value)
        ? Object.keys(value).map((member) => `${key}.${member}`)
        : [key],
    );
    const normalization = ["mode", "low", "high", "bound", "scope"].map(
      (member) => `normalization.${member}`,
    );
    expect(listed.toSorted()).toEqual([...expected, ...normalization].toSorted());
  });

  it("gives defaults and presets as they resolve", () => {
    const described = (key: string) => keys.find((entry) => entry.key === key)!;
    expect(described("batch")).toMatchObject({ default: 32, presets: { laptop: 16, "as-released": 128 } });
    expect(described("weights.l1")).toMatchObject({ default: 100, presets: { "as-printed": 1 } });
    expect(described("contrastive.weight")).toMatchObject({ default: 1, modes: { joint: 0.1, supcon: 0.1 } });
    expect(described("contrastive.mode").default).toBe("off");
    for (const { key, default: standard, presets: own, description, allowed } of keys) {
      expect(description, key).toMatch(/\.$/);
      expect(allowed, key).not.toBe("");
      for (const [name, preset] of Object.entries(presets)) {
        if (key.startsWith("contrastive") || key.startsWith("normalization") || key === "preset") continue;
        const value = key.split(".").reduce<unknown>((v, k) => (v as Record<string, unknown>)[k], preset);
        expect((own as Record<string, unknown>)[name] ?? standard, `${name} ${key}`).toEqual(value);
      }
    }
  });
});

describe("parseConfigurationValue", () => {
  const keys = describeConfiguration(clidim);
  const parse = (key: string, text: string) =>
    parseConfigurationValue(keys.find((entry) => entry.key === key)!, text);

  it("turns text into values that a configuration takes", () => {
    const given: [string, string, unknown][] = [
      ["batch", "12", 12],
      ["learningRate", "1e-3", 1e-3],
      ["contrastive.l2norm", "false", false],
      ["contrastive.mode", "joint", "joint"],
      ["diffAugment", "cutout, brightness", ["cutout", "brightness"]],
      ["diffAugment", "", []],
      ["ssimWindow", "7", 7],
    ];
    let flags: Record<string, unknown> = {};
    for (const [key, text, expected] of given) {
      expect(parse(key, text)).toEqual(expected);
      flags = withValue(flags, key, parse(key, text));
    }
    expect(flags.contrastive).toEqual({ l2norm: false, mode: "joint" });
    expect(layerConfiguration(clidim, { flags }).configuration.contrastive).toMatchObject({
      mode: "joint",
      l2norm: false,
    });
  });

  it.each([
    ["batch", "many"],
    ["batch", ""],
    ["contrastive.l2norm", "yes"],
  ])("refuses %s %j", (key, text) => {
    expect(() => parse(key, text)).toThrow(/configuration: .* is ".*"; allowed: /);
  });
});
