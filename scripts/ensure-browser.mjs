/**
 * A Chromium for the browser tests: any that is installed.
 *
 *   node scripts/ensure-browser.mjs            prints where it is, or how to install one
 *   node scripts/ensure-browser.mjs --install  installs Debian's package where there is none (root, about 100 MB); CI=true does so too
 *
 * CLIDIM_BROWSER names one that is somewhere else.
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, Failure } from "./run-command.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const { CLIDIM_BROWSER, PATH = "", PROGRAMFILES = "C:\\Program Files" } = process.env;
const elsewhere = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  join(PROGRAMFILES, "Google\\Chrome\\Application\\chrome.exe"),
];

/** The path of an installed Chromium or Chrome, or undefined. */
export function findBrowser() {
  if (CLIDIM_BROWSER) return CLIDIM_BROWSER;
  const folders = PATH.split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, ...elsewhere].find((path) => existsSync(path));
}

export const installationHint =
  "The browser tests need Chromium: `sudo node scripts/ensure-browser.mjs --install` on Debian, Chrome elsewhere, or CLIDIM_BROWSER=/path/to/it.";

async function install() {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Failure(`No browser, and none can be installed by itself here. ${installationHint}`);
  }
  console.log("Installing Chromium (about 100 MB to download)");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await capture("apt-get", ["update", "-qq"], { env });
  await capture("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    if (!findBrowser() && (process.argv.includes("--install") || process.env.CI === "true")) await install();
    const browser = findBrowser();
    if (!browser) throw new Failure(installationHint);
    console.log(`Browser: ${browser}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
