import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { capture } from "./run-command.mjs";

/** Dawn refuses the software driver of older releases: it lacks dynamic indexing of uniform buffers. */
const oldestMesa = 25;
/** Part of every Node process already; a second copy must not be loaded. */
const inProcess = /^(libc6|libgcc-s1|libstdc\+\+6|gcc-.*-base)$/;

/**
 * Downloads the Vulkan loader, Mesa's software driver and the libraries of both that the system lacks from the
 * distribution's own archive, verified by the distribution's keys, and unpacks them into `<cache>/vulkan-<version>`.
 * Debian and its relatives only. Neither root nor any change to the system is needed: apt works on lists of its own.
 * Resolves to `libraries`, each after those it depends on and all in one directory, and `driver`, the driver's manifest.
 */
export async function unpackVulkan(cache) {
  removeLeftovers(cache);
  const work = mkdtempSync(join(cache, "unpacking-"));
  try {
    const apt = await privateApt(work);
    const { version, release } = await mesaVersion(apt);
    const target = join(cache, `vulkan-${version.replace(/[^\w.+-]/g, "_")}`);
    const packages = await missingPackages(apt, release, ["libvulkan1", "mesa-vulkan-drivers"]);
    console.log(`Downloading ${packages.join(" ")}`);
    const archives = join(work, "archives");
    mkdirSync(archives);
    await apt("apt-get", [...releaseOption(release), "download", ...packages], { cwd: archives });
    const unpacked = join(work, "unpacked");
    for (const archive of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
      await capture("dpkg-deb", ["-x", join(archives, archive), unpacked]);
    }
    const result = join(work, "result");
    mkdirSync(result);
    const names = await collectLibraries(unpacked, result);
    writeManifest(unpacked, join(result, "driver.json"), join(target, "libvulkan_lvp.so"));
    rmSync(target, { recursive: true, force: true });
    renameSync(result, target);
    return { libraries: names.map((name) => join(target, name)), driver: join(target, "driver.json") };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What an interrupted run has left behind; one that is younger than an hour may still be at work. */
function removeLeftovers(cache) {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith("unpacking-"))) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

/** /etc/os-release as a record. */
export function osRelease() {
  if (!existsSync("/etc/os-release")) return {};
  const lines = readFileSync("/etc/os-release", "utf8").split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, key, value] = /^(\w+)="?(.*?)"?$/.exec(line) ?? [];
      return key ? [[key, value]] : [];
    }),
  );
}

/** apt with the distribution's mirror of the system, but lists, cache and hooks of its own. */
async function privateApt(work) {
  const { ID, UBUNTU_CODENAME, DEBIAN_CODENAME, VERSION_CODENAME } = osRelease();
  const codename = UBUNTU_CODENAME || DEBIAN_CODENAME || VERSION_CODENAME;
  const debian = !UBUNTU_CODENAME && ID !== "ubuntu";
  for (const directory of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(work, directory), { recursive: true });
  }
  const configuration = join(work, "apt.conf");
  const sources = join(work, "vulkan.sources");
  writeFileSync(
    configuration,
    `Dir::State::Lists "${work}/lists";
Dir::Cache "${work}/cache";
Dir::Etc::SourceList "${sources}";
Dir::Etc::SourceParts "${work}/none";
Dir::Etc::Preferences "${work}/none";
Dir::Etc::PreferencesParts "${work}/none";
APT::Sandbox::User "${userInfo().username}";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`,
  );
  const apt = (program, args, options) => capture(program, ["-c", configuration, ...args], options);
  const keyring = `/usr/share/keyrings/${debian ? "debian" : "ubuntu"}-archive-keyring.gpg`;
  let failure = new Error(`apt names no mirror of ${codename}`);
  for (const { uri, suites } of await mirrors(codename, debian)) {
    const stanza = [
      "Types: deb",
      `URIs: ${uri}`,
      `Suites: ${suites.join(" ")}`,
      "Components: main",
      ...(existsSync(keyring) ? [`Signed-By: ${keyring}`] : []),
    ];
    writeFileSync(sources, `${stanza.join("\n")}\n`);
    try {
      await apt("apt-get", ["-o", "APT::Update::Error-Mode=any", "update"]);
      return apt;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * Where the system itself gets the release from, the likeliest first: other vendors' archives use the release's name
 * too, but only the distribution's has several of its suites.
 */
async function mirrors(codename, debian) {
  const uris = await capture("apt-get", ["--print-uris", "update"]);
  const found = new Map();
  for (const [, uri, suite] of uris.matchAll(/^'(.+?)\/dists\/(\S+?)\/InRelease'/gm)) {
    if (suite === codename || suite.startsWith(`${codename}-`))
      found.set(uri, [...(found.get(uri) ?? []), suite]);
  }
  const complete = (uri, suites) => ({
    uri,
    suites: [...new Set(debian ? [...suites, codename, `${codename}-backports`] : suites)],
  });
  const known = [...found]
    .filter(([, suites]) => suites.includes(codename))
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([uri, suites]) => complete(uri, suites));
  return debian ? [...known, complete("http://deb.debian.org/debian", [])] : known;
}

/** The release's own Mesa if it is new enough, otherwise the one of its backports. */
async function mesaVersion(apt) {
  const table = await apt("apt-cache", ["madison", "mesa-vulkan-drivers"]);
  const rows = table.split("\n").flatMap((line) => {
    const [, version, origin] = line.split("|").map((cell) => cell.trim());
    return version && origin ? [{ version, release: origin.split(" ")[1].split("/")[0] }] : [];
  });
  const recent = rows.filter(
    ({ version }) => Number.parseInt(version.replace(/^\d+:/, ""), 10) >= oldestMesa,
  );
  const chosen = recent.find(({ release }) => !release.endsWith("-backports")) ?? recent[0];
  if (chosen) return chosen;
  const versions = rows.map(({ version }) => version).join(", ") || "none";
  throw new Error(`Software Vulkan needs Mesa ${oldestMesa} or newer; this release offers ${versions}.`);
}

function releaseOption(release) {
  return release.endsWith("-backports") ? ["-o", `APT::Default-Release=${release}`] : [];
}

/** `wanted` and, transitively, the libraries they depend on that are not installed, or only in too old a version. */
async function missingPackages(apt, release, wanted) {
  const installed = await installedPackages();
  const missing = new Set();
  let next = wanted;
  while (next.length > 0) {
    for (const name of next) missing.add(name);
    const records = await apt("apt-cache", [...releaseOption(release), "show", "--no-all-versions", ...next]);
    const found = new Set();
    for (const [, dependencies] of records.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)) {
      for (const group of dependencies.split(",")) {
        const alternatives = group.split("|").map(parseDependency);
        if (await anySatisfied(alternatives, installed)) continue;
        const { name } = alternatives[0];
        if (/^(lib|mesa-)/.test(name) && !inProcess.test(name) && !missing.has(name)) found.add(name);
      }
    }
    next = [...found];
  }
  return [...missing];
}

/** `libdrm2:any (>= 2.4.121)` */
function parseDependency(text) {
  const [, name, relation, version] = /^\s*([^\s:(]+)(?::\w+)?\s*(?:\((\S+)\s+([^)]+)\))?/.exec(text);
  return { name, relation, version };
}

async function anySatisfied(alternatives, installed) {
  for (const { name, relation, version } of alternatives) {
    if (!installed.has(name)) continue;
    const present = installed.get(name);
    if (!relation) return true;
    if (present === "") continue;
    try {
      await capture("dpkg", ["--compare-versions", present, relation, version]);
      return true;
    } catch {}
  }
  return false;
}

/** Name to version of every installed package and of what they provide ("" where no version is given). */
async function installedPackages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own format, not a template
  const format = "${db:Status-Status}\t${Package}\t${Version}\t${Provides}\n";
  const packages = new Map();
  for (const line of (await capture("dpkg-query", ["-W", "-f", format])).split("\n")) {
    const [status, name, version, provides] = line.split("\t");
    if (status !== "installed") continue;
    packages.set(name, version);
    for (const provided of provides.split(",").filter(Boolean).map(parseDependency)) {
      if (!packages.has(provided.name)) packages.set(provided.name, provided.version ?? "");
    }
  }
  return packages;
}

/**
 * Copies the loader, the driver and those of their libraries that were unpacked into one directory, under the names that
 * the dynamic linker asks for. Returns the names, each after the ones that it depends on.
 */
async function collectLibraries(unpacked, target) {
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => /\.so(\.[\d.]+)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const env = { LD_LIBRARY_PATH: [...new Set(files.map(dirname))].join(":") };
  const roots = ["libvulkan.so.1", "libvulkan_lvp.so"].map((name) => {
    const file = files.find((path) => basename(path) === name);
    if (!file) throw new Error(`The downloaded packages hold no ${name}.`);
    return file;
  });
  const dependencies = async (file) => {
    const printed = await capture("ldd", [file], { env });
    const lacking = [...printed.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
    if (lacking.length > 0) throw new Error(`${basename(file)} needs ${lacking.join(", ")}: not found.`);
    return [...printed.matchAll(/=> (\/\S+)/g)]
      .map(([, path]) => path)
      .filter((path) => path.startsWith(unpacked));
  };
  const needed = new Set(roots);
  for (const file of roots) for (const path of await dependencies(file)) needed.add(path);
  // What depends on a library depends on everything below that too, and hence on more.
  const counts = new Map();
  for (const file of needed) counts.set(file, (await dependencies(file)).length);
  const sorted = [...needed].sort((a, b) => counts.get(a) - counts.get(b));
  for (const file of sorted) copyFileSync(file, join(target, basename(file)));
  return sorted.map((file) => basename(file)).filter((name) => name !== "libvulkan_lvp.so");
}

function writeManifest(unpacked, file, driver) {
  const manifests = join(unpacked, "usr/share/vulkan/icd.d");
  const name = readdirSync(manifests).find((entry) => entry.startsWith("lvp_icd"));
  if (!name) throw new Error("mesa-vulkan-drivers holds no software driver.");
  const manifest = JSON.parse(readFileSync(join(manifests, name), "utf8"));
  manifest.ICD.library_path = driver;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
