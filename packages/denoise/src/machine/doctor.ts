import { existsSync } from "node:fs";
import { InputError } from "@clidim/imaging";
import { Device } from "@clidim/tensor";
import type { Computer } from "./adapter.js";
import { openDevice } from "./openDevice.js";
import { halfSelfTest, selfTest } from "./selfTest.js";
import { vulkanHint } from "./vulkanHint.js";

export interface DoctorCheck {
  readonly name: string;
  /** "note": training runs, but there is something to know. */
  readonly status: "ok" | "note" | "failed";
  readonly detail: string;
  /** What to do about it. */
  readonly mend?: string;
}

export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
  /** Whether training can run. */
  readonly ok: boolean;
}

export interface DoctorOptions {
  /** How to get a device. Default: the one that every command uses. */
  readonly open?: () => Promise<Computer>;
  readonly nodeVersion?: string;
}

const oldestNode = [20, 19] as const;

/** Looks at everything that training needs: Node, the adapter, what it offers, and whether it computes correctly. */
export async function doctor({
  open = openDevice,
  nodeVersion = process.versions.node,
}: DoctorOptions = {}): Promise<DoctorReport> {
  const checks: DoctorCheck[] = [checkNode(nodeVersion)];
  let device: Computer;
  try {
    device = await open();
  } catch (error) {
    checks.push({
      name: "Adapter",
      status: "failed",
      detail: error instanceof Error ? error.message : String(error),
      mend:
        error instanceof InputError && error.keys.includes("adapter")
          ? "Name one of these, or none for the most powerful one."
          : vulkanHint(),
    });
    return report(checks);
  }
  checks.push(checkAdapter(device), ...(device instanceof Device ? describe(device) : []));
  for (const { name, passed, deviation, error } of await selfTest(device)) {
    checks.push({
      name: `Self-test ${name}`,
      status: passed ? "ok" : "failed",
      detail: error ?? `deviates by ${deviation.toExponential(1)} from the float64 result`,
      ...(!passed && { mend: "The driver computes wrongly; update it, or take another adapter." }),
    });
  }
  if (device instanceof Device && device.traits.features.has("shader-f16")) {
    const wrong = (await halfSelfTest(device)).filter(({ passed }) => !passed);
    checks.push({
      name: "Self-test precision mixed",
      status: wrong.length === 0 ? "ok" : "note",
      detail:
        wrong.length === 0
          ? "computes correctly with halves"
          : `computes wrongly with halves: ${wrong.map(({ name }) => name).join(", ")}`,
      ...(wrong.length > 0 && { mend: "Train with precision float32, or update the driver." }),
    });
  }
  return report(checks);
}

function report(checks: readonly DoctorCheck[]): DoctorReport {
  return { checks, ok: checks.every(({ status }) => status !== "failed") };
}

function checkNode(version: string): DoctorCheck {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const recent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return {
    name: "Node",
    status: recent ? "ok" : "failed",
    detail: `${version} on ${process.platform} ${process.arch}`,
    ...(!recent && {
      mend: `Install Node ${oldestNode.join(".")} or newer from https://nodejs.org or with a version manager.`,
    }),
  };
}

function checkAdapter(device: Computer): DoctorCheck {
  if (!(device instanceof Device)) {
    return {
      name: "Adapter",
      status: "note",
      detail: `${device.name} (the processor: it was asked for, or no GPU was found)`,
      mend: missingGpu(),
    };
  }
  const name = device.toString();
  if (device.traits.kind === "gpu") return { name: "Adapter", status: "ok", detail: `${name} (GPU)` };
  return {
    name: "Adapter",
    status: "note",
    detail: `${name} (software: it runs on the processor, where WebAssembly is faster)`,
    mend: missingGpu(),
  };
}

/** What to do where a GPU is not found. */
const missingGpu = (): string =>
  existsSync("/dev/nvidiactl")
    ? "There is an NVIDIA GPU, but Vulkan does not find its driver: in a container set NVIDIA_DRIVER_CAPABILITIES=all and " +
      "install libegl1 and libxext6."
    : `Where there is a GPU, this makes it known: ${vulkanHint()}`;

function describe(device: Device): DoctorCheck[] {
  const { info, traits } = device;
  const { limits, features } = traits;
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
  const driver = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(", ");
  return [
    { name: "Driver", status: "ok", detail: driver || "the browser or driver does not say" },
    { name: "Features", status: "ok", detail: [...features].sort().join(", ") || "none beyond the core" },
    {
      name: "Limits",
      status: "ok",
      detail:
        `buffers ${mebibytes(limits.maxBufferSize)}, bindings ${mebibytes(limits.maxStorageBufferBindingSize)}, ` +
        `workgroup memory ${Math.floor(limits.maxComputeWorkgroupStorageSize / 1024)} KiB, ` +
        `${limits.maxComputeInvocationsPerWorkgroup} invocations per workgroup`,
    },
  ];
}
