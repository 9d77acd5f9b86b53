import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/** A server for one test file. */
export interface WebServer {
  /** Without a slash at the end. */
  readonly address: string;
  /** Every request since the last look: its path, with the range where one was asked for. */
  seen(): string[];
}

/** Serves what `contents` has by path, with ranges; `answer` may answer a request otherwise, and says whether it did. */
export function webServer(
  contents: (path: string) => Uint8Array | undefined,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): WebServer {
  let requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1).split("?")[0]!);
    const range = request.headers.range;
    requests.push(range === undefined ? path : `${path} ${range}`);
    if (answer(request, response)) return;
    const bytes = contents(path);
    if (!bytes) {
      response.writeHead(404).end("not here");
      return;
    }
    const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
    if (!match) {
      response.writeHead(200).end(bytes);
      return;
    }
    const [, first, last] = match;
    const from = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
    const to = first === "" || last === "" ? bytes.length : Math.min(Number(last) + 1, bytes.length);
    if (from >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/${bytes.length}` });
    response.end(bytes.subarray(from, to));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  return {
    get address() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
    },
    seen: () => {
      const since = requests;
      requests = [];
      return since;
    },
  };
}
