import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { InputError } from "@clidim/imaging";
import sirv from "sirv";

/** Where the machine reaches itself. What listens there is reached from no other one. */
const LOOPBACK = "127.0.0.1";

/** A site that is served. */
export interface ServedSite {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder on loopback, and nothing else, with the headers that its `headers.json` asks for. A request under another name than this machine's own for itself is refused: a page of
 * another site could otherwise have its own name mean this server (DNS rebinding). An `InputError` where the port is taken or may not be used.
 */
export async function serveSite(folder: string, port: number): Promise<ServedSite> {
  const headers = JSON.parse(readFileSync(join(folder, "headers.json"), "utf8")) as Record<string, string>;
  const files = sirv(folder, {
    etag: true,
    setHeaders: (response) => response.setHeader("cache-control", "no-cache"),
  });
  const server = createServer((request, response) => {
    const refuse = (status: number, sentence: string): void => {
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${sentence}\n`);
    };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { host = "", origin = `http://${host}` } = request.headers;
    if (!isOwn(host, server))
      return refuse(403, `This server answers to ${LOOPBACK}:${portOf(server)} alone.`);
    if (origin !== `http://${host}`) return refuse(403, "This server answers to its own pages alone.");
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(405, "There is nothing to write here.");
    files(request, response, () => refuse(404, "There is no such file."));
  });
  await listening(server, port);
  return {
    url: `http://${LOOPBACK}:${portOf(server)}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether a request names the machine itself, and the port (which is left out where it is 80). */
function isOwn(host: string, server: Server): boolean {
  const port = portOf(server);
  return [LOOPBACK, "localhost"].some((name) => host === `${name}:${port}` || (port === 80 && host === name));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function listening(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, LOOPBACK, resolve);
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "EADDRINUSE"
        ? `is taken; if the app runs there already, open http://${LOOPBACK}:${port}/, else choose another with --port`
        : code === "EACCES"
          ? "may not be used; choose one of 1024 and more with --port"
          : undefined;
    if (!reason) throw error;
    throw new InputError(`app: port ${port} ${reason}`, { keys: ["port"], cause: error });
  }
}
