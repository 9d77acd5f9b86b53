import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** A server as Zenodo is to the client, on this machine, whose faults can be chosen. */
export interface ZenodoServer {
  readonly baseUrl: string;
  /** `method path range` of every request for the file. */
  readonly requests: string[];
  archive: Buffer;
  /** The MD5 that the record states; undefined: the true one. */
  md5: string | undefined;
  /** Status of the record's answer. */
  recordStatus: number;
  /** Status of the file's answers, taken one by one; then 200 or 206. */
  statuses: number[];
  /** Bytes after which the connection is cut, taken one by one: once the client has told `arrived` of them. */
  cuts: number[];
  /** To be told how many bytes of the file the client has. */
  readonly arrived: (bytes: number) => void;
  ranges: boolean;
  /** Names the version of the file; "": no validator at all. */
  etag: string;
}

export async function zenodoServer(archive: Buffer, archiveName: string): Promise<ZenodoServer> {
  const requests: string[] = [];
  let pending: { readonly at: number; readonly response: ServerResponse } | undefined;
  const arrived = (bytes: number): void => {
    if (pending && bytes >= pending.at) {
      pending.response.destroy();
      pending = undefined;
    }
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/records/")) answerRecord(response);
    else answerFile(request, response);
  });
  const answerRecord = (response: ServerResponse): void => {
    const md5 = state.md5 ?? createHash("md5").update(state.archive).digest("hex");
    const files = [{ key: archiveName, size: state.archive.length, checksum: `md5:${md5}` }];
    response.writeHead(state.recordStatus, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: 1, files }));
  };
  const answerFile = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? "-"}`);
    const status = state.statuses.shift();
    if (status !== undefined) {
      response.writeHead(status);
      response.end();
      return;
    }
    const { archive: bytes, etag } = state;
    const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const condition = request.headers["if-range"];
    const partial = wanted && state.ranges && (condition === undefined || condition === etag);
    const from = partial ? Number(wanted[1]) : 0;
    if (from >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` });
      response.end();
      return;
    }
    const body = bytes.subarray(from);
    response.writeHead(partial ? 206 : 200, {
      "content-length": body.length,
      ...(etag !== "" && { etag }),
      ...(partial && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const cut = state.cuts.shift();
    if (cut === undefined) response.end(body);
    else {
      pending = { at: from + cut, response };
      response.flushHeaders();
      if (cut > 0) response.write(body.subarray(0, cut));
    }
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const state: ZenodoServer = {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    archive,
    md5: undefined,
    recordStatus: 200,
    statuses: [],
    cuts: [],
    arrived,
    ranges: true,
    etag: '"one"',
  };
  return state;
}
