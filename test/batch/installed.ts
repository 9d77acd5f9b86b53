import { spawnSync } from "node:child_process";

/** Whether programs are here. Where not, it is said which are missing, and what is not tested for that. */
export function installed(what: string, ...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => spawnSync("which", [program], { env: withSbin }).status !== 0);
  if (missing.length === 0) return true;
  console.warn(
    `NOT TESTED: ${what}, since ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not installed here.`,
  );
  return false;
}

/** Debian has the servers in folders that only root looks at. */
export const withSbin: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Resolves when something is so, which is looked at again and again. */
export async function until(what: string, is: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`${what}: not so after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
