/** Runs what the browser runs, in the runtime that runs this, and prints its report as the last line. */
await import("../browser/page/smoke.ts");
console.log(JSON.stringify(await globalThis.smoke({ immediates: true })));
process.exit(0);
