import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../packages/cli/src/main.js";
import { type ServedSite, serveSite } from "../../packages/cli/src/serveSite.js";
import { captureTerminal, interruptAt } from "../../packages/cli/test/capture.js";
import { buildPackages } from "../browser/bundle.js";

const folder = temporaryFolder();
const site = join(folder, "site");
let served: ServedSite;
beforeAll(async () => {
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(site, "index.html"), "<p>page</p>");
  writeFileSync(join(site, "assets/a.js"), "export {}");
  writeFileSync(join(site, "headers.json"), '{ "Content-Security-Policy": "default-src \'self\'" }');
  served = await serveSite(site, 0);
});
afterAll(() => served.close());

/** What comes back for a request as it is written: `fetch` mends paths and may not set the host. */
function raw(line: string, ...headers: string[]): Promise<string> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      const host = headers.some((header) => header.startsWith("Host:")) ? [] : [`Host: ${hostname}:${port}`];
      socket.write([`${line} HTTP/1.1`, ...host, ...headers, "Connection: close", "", ""].join("\r\n"));
    });
    socket.on("data", (data) => {
      text += String(data);
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("the server of the app", () => {
  it("gives the site's files with the site's headers", async () => {
    const page = await fetch(served.url);
    expect([page.status, await page.text()]).toEqual([200, "<p>page</p>"]);
    expect(page.headers.get("content-security-policy")).toBe("default-src 'self'");
    expect(page.headers.get("content-type")).toContain("text/html");
    const script = await fetch(`${served.url}assets/a.js`);
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript"]);
    expect((await fetch(`${served.url}missing.js`)).status).toBe(404);
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/%252e%252e/secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/%5c..%5csecret.txt",
    "/..%c0%afsecret.txt",
    "/%00/../secret.txt",
    // Of a proxy.
    "http://127.0.0.1/../secret.txt",
    "file:///secret.txt",
  ])("gives nothing outside the site: %s", async (path) => {
    const answer = await raw(`GET ${path}`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toMatch(/^secret/m);
  });

  it("answers to no other name, and to no page of another site", async () => {
    const { port } = new URL(served.url);
    for (const host of [
      "attacker.example",
      `attacker.example:${port}`,
      `localhost:${Number(port) + 1}`,
      "localhost",
      "",
      // Names that a site of another may have for this machine.
      `127.0.0.1.attacker.example:${port}`,
      `127.0.0.1:${port}@attacker.example`,
      `attacker.example#127.0.0.1:${port}`,
      `0.0.0.0:${port}`,
      `[::1]:${port}`,
      `LOCALHOST.:${port}`,
    ]) {
      expect(await raw("GET /", `Host: ${host}`), host).toMatch(
        /^HTTP\/1\.1 403 [\s\S]*answers to 127\.0\.0\.1:\d+ alone/,
      );
    }
    expect(await raw("GET http://attacker.example/")).not.toContain("<p>page</p>");
    expect(await raw("GET /", "Origin: null")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw("GET /", "Origin: http://attacker.example")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw("GET /", `Host: localhost:${port}`, `Origin: http://localhost:${port}`)).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  it("is reached from this machine alone", async () => {
    const { port } = new URL(served.url);
    const others = Object.values(networkInterfaces()).flatMap((known) =>
      (known ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
    );
    for (const { address } of others) {
      await expect(fetch(`http://${address}:${port}/`), address).rejects.toThrow();
    }
    const { hostname } = new URL(served.url);
    expect(hostname).toBe("127.0.0.1");
  });

  it("takes nothing", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect((await fetch(served.url, { method })).status, method).toBe(405);
    }
  });

  it("says what to do about a port that is taken", async () => {
    await expect(serveSite(site, Number(new URL(served.url).port))).rejects.toThrow(
      /^app: port \d+ is taken; if the app runs there already, open http:\/\/127\.0\.0\.1:\d+\/, else choose another with --port$/,
    );
  });
});

describe("clidim app", () => {
  it("serves the built app until Ctrl-C", async () => {
    await buildPackages();
    let answer: Promise<Response> | undefined;
    const interrupt = interruptAt("seen");
    const { printed, ...terminal } = captureTerminal(false, interrupt);
    const write = terminal.out.write.bind(terminal.out);
    terminal.out.write = ((text: string): boolean => {
      const [url] = /http:\S+/.exec(text) ?? [];
      answer = fetch(url!).finally(() => terminal.err.write("seen"));
      return write(text);
    }) as typeof terminal.out.write; // the other forms are not used
    expect(await main(["app", "--no-open", "--port", "0"], terminal), printed.err).toBe(0);
    const page = await answer!;
    expect(await page.text()).toContain("<title>CLIDiM</title>");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
    );
    expect(printed.out).toMatch(/^The app is at http:\/\/127\.0\.0\.1:\d+\/ until Ctrl-C\.\n$/);
    expect(printed.err).toContain("Stopping: the app is no longer served");
  });

  it("refuses ports that there are not", async () => {
    const { printed, ...terminal } = captureTerminal();
    expect(await main(["app", "--port", "65536"], terminal)).toBe(2);
    expect(printed.err).toContain("Expected a whole number from 0 to 65535.");
  });
});
