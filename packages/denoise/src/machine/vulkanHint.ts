import { readFileSync } from "node:fs";

/** The command that installs a Vulkan loader and driver on this system, as one sentence. */
export function vulkanHint(platform: string = process.platform, osRelease: string = readOsRelease()): string {
  if (platform === "darwin") return "This Mac offers no Metal device; WebGPU needs macOS 12 or newer.";
  if (platform === "win32") return "Install the graphics driver of your GPU's vendor.";
  const field = (name: string): string => new RegExp(`^${name}="?(.*?)"?$`, "m").exec(osRelease)?.[1] ?? "";
  const family = `${field("ID")} ${field("ID_LIKE")}`;
  if (/debian|ubuntu/.test(family)) {
    // Mesa 22.3 of Debian 12 lacks features that WebGPU asks for.
    return field("VERSION_CODENAME") === "bookworm"
      ? "With bookworm-backports among apt's sources: sudo apt-get install -t bookworm-backports libvulkan1 mesa-vulkan-drivers"
      : "sudo apt-get install libvulkan1 mesa-vulkan-drivers";
  }
  if (/fedora|rhel/.test(family)) return "sudo dnf install vulkan-loader mesa-vulkan-drivers";
  if (/arch/.test(family)) return "sudo pacman -S vulkan-icd-loader vulkan-swrast";
  if (/suse/.test(family)) return "sudo zypper install libvulkan1 libvulkan_lvp";
  return "Install your system's Vulkan loader (libvulkan.so.1) and Mesa's Vulkan drivers, version 25 or newer.";
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
