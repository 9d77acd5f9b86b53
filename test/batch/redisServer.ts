import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { until, withSbin } from "./installed.js";

/** A Redis of one's own on loopback, which writes down what it is told, so that it remembers after a restart. */
export interface RedisServer {
  readonly url: string;
  /** Ends it, as a system that is shut down does, or with `SIGKILL` as a power cut. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Has it forget everything. */
  forget(): Promise<void>;
  /** Starts it again, where it was. */
  start(): Promise<void>;
}

export async function redisServer(folder: string): Promise<RedisServer> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    let said = "";
    child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""],
      { env: withSbin, stdio: ["ignore", "pipe", "pipe"] },
    );
    child.stdout!.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await until(`redis-server is ready (${said})`, () => /ready to accept connections/i.test(said));
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    async forget() {
      const socket = connect(port, "127.0.0.1");
      socket.end("FLUSHALL\r\nQUIT\r\n");
      socket.resume();
      await once(socket, "close");
    },
    async stop(signal = "SIGTERM") {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
  };
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("freePort: no port was given");
  return address.port;
}
