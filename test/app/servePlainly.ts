import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

const site = fileURLToPath(new URL("../../packages/app/dist", import.meta.url));

/** A plain static server, which sends no headers of its own, with the site in `some/folder`. */
export function servePlainly(): Promise<Server> {
  const files = sirv(site);
  const server = createServer((request, response) => {
    const nothing = (): void => void response.writeHead(404).end();
    if (!request.url?.startsWith("/some/folder/")) return nothing();
    request.url = request.url.slice("/some/folder".length);
    files(request, response, nothing);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
