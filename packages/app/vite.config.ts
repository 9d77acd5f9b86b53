import { defaultClientConditions, defineConfig, type UserConfigFnObject } from "vite";
import { securityHeaders } from "./build/headers.js";
import { nodeModules } from "./build/nodeModules.js";
import { offline } from "./build/offline.js";

const config: UserConfigFnObject = defineConfig(({ command }) => {
  // The same site whatever the environment says, that of tests for instance.
  if (command === "build") process.env.NODE_ENV = "production";
  const node = nodeModules();
  return {
    // The site works from any folder of any static server.
    base: "./",
    ...node,
    resolve: { ...node.resolve, conditions: ["@clidim/source", ...defaultClientConditions] },
    build: { outDir: "dist", target: "es2023", modulePreload: { polyfill: false } },
    worker: { format: "es" },
    plugins: [securityHeaders(), offline()],
  };
});

export default config;
