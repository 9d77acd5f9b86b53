/**
 * Listings of three compilers as one kind of code: an array of labels and instructions.
 *
 * @typedef {"multiply" | "matrix" | "arithmetic" | "scalar" | "sharedLoad" | "sharedStore" | "load" | "store" | "spill" | "wait" | "barrier" | "branch" | "free"} Kind
 *   `scalar`: once per wave instead of once per lane, where there is a unit for that. `free`: takes no slot of its own (hints; the second half of a pair).
 * @typedef {{ label: string } | { kind: Kind, target?: string, leavesLoads?: number, writes?: string[], reads?: string[] }} Entry
 *   `target`: the label that a branch goes to. `leavesLoads`: how many of the loads before it a wait does not wait for. Where a listing shows no waits for loads, `writes` and `reads` name registers.
 */

/** @param {string} wait */
function loadsLeft(wait) {
  const [, count, hexadecimal] = /vmcnt\((\d+)\)|loadcnt\w*\s*(0x[0-9a-f]+)/.exec(wait) ?? [];
  const left = count ?? hexadecimal;
  return left === undefined ? undefined : Number(left);
}

/** RADV's assembly (RADV_DEBUG=shaders), as LLVM's disassembler prints it. @returns {Entry[]} */
export function parseAmd(listing) {
  const code = listing.slice(listing.lastIndexOf("disasm:"));
  return code.split("\n").flatMap((line) => {
    const label = /^(BB\d+):/.exec(line);
    if (label) return [{ label: label[1] }];
    const [, name, operands] = /^\t([a-z]\w+)([^;]*)/.exec(line) ?? [];
    if (!name) return [];
    const first = { kind: amdKind(name) };
    if (first.kind === "branch") first.target = /BB\d+/.exec(operands)?.[0];
    if (first.kind === "wait") first.leavesLoads = loadsLeft(name + operands);
    // Two operations that issue together: "v_dual_fmac_f32 ... :: v_dual_fmac_f32 ...".
    const second = /::\s*(v_dual_\w+)/.exec(operands)?.[1];
    if (!second) return [first];
    const pair = amdKind(second);
    return [first, { kind: pair === "multiply" ? "multiply" : "free", paired: true }];
  });
}

function amdKind(name) {
  const [unit] = name.split("_");
  switch (unit) {
    case "v":
      if (/^v_(s?wmmac?|mfma)/.test(name)) return "matrix";
      // v_fma_mix converts halves where the compiler uses it.
      if (/^v_fma_mix/.test(name)) return "arithmetic";
      return /^v_(dual_|pk_)?(fma|fmac|fmaak|fmamk|mac|mad)(_legacy)?_f\d+/.test(name)
        ? "multiply"
        : "arithmetic";
    case "ds":
      return /store|write/.test(name) ? "sharedStore" : "sharedLoad";
    case "buffer":
    case "global":
    case "flat":
      return /store|atomic/.test(name) ? "store" : "load";
    case "scratch":
      return "spill";
    default:
      if (/^s_wait/.test(name)) return "wait";
      if (/^s_barrier/.test(name)) return "barrier";
      if (/^s_c?branch/.test(name)) return "branch";
      return /^s_(nop|delay_alu|clause|inst_prefetch|set_inst)/.test(name) ? "free" : "scalar";
  }
}

/** ANV's assembly (INTEL_DEBUG=cs). A message stands in two lines; the second says to whom it goes. @returns {Entry[]} */
export function parseIntel(listing) {
  const lines = listing.slice(listing.lastIndexOf("Native code for")).split("\n");
  return lines.flatMap((line, i) => {
    const label = /^(LABEL\d+):/.exec(line);
    if (label) return [{ label: label[1] }];
    const [, name, operands] = /^(?:\([^)]*\)\s+)?([a-z]+)[\w.]*(?: nop)?\(\d+\)\s*(.*)$/.exec(line) ?? [];
    if (!name) return [];
    const message = name.startsWith("send") ? lines[i + 1].trim() : "";
    const kind = message ? messageKind(message) : intelKind(name);
    return [kind === "branch" ? { kind, target: /LABEL\d+/.exec(operands)?.[0] } : { kind }];
  });
}

function intelKind(name) {
  if (/^(mad|mac)$/.test(name)) return "multiply";
  if (/^dpas/.test(name)) return "matrix";
  if (/^(sync|nop)$/.test(name)) return "wait";
  return /^(if|else|endif|while|do|break|cont|halt|jmpi|brd|brc)$/.test(name) ? "branch" : "arithmetic";
}

function messageKind(message) {
  if (/fence/.test(message)) return "wait";
  if (/barrier/.test(message)) return "barrier";
  // Registers are kept in blocks of scratch memory: by the old data port, and by the new one relative to a surface state.
  if (/OWORD block|surface_state_index/.test(message)) return "spill";
  const writes = /write|store/.test(message);
  if (/slm|Surface = 254/.test(message)) return writes ? "sharedStore" : "sharedLoad";
  if (/^const/.test(message)) return "scalar";
  return writes ? "store" : "load";
}

/** nvdisasm's output. @returns {Entry[]} */
export function parseNvidia(listing) {
  return listing.split("\n").flatMap((line) => {
    const label = /^\s*(\.L_x_\d+):/.exec(line);
    if (label) return [{ label: label[1] }];
    const [, name, operands] =
      /^\s*\/\*[0-9a-f]{4,}\*\/\s+(?:@!?U?P\w+\s+)?([A-Z]\w*[\w.]*)\s*(.*?)\s*;/.exec(line) ?? [];
    if (!name) return [];
    const kind = nvidiaKind(name);
    if (kind === "branch") return [{ kind, target: /\.L_x_\d+/.exec(operands)?.[0] }];
    const [result, ...rest] = operands.split(",");
    const stores = kind === "store" || kind === "sharedStore";
    return [
      {
        kind,
        writes: kind === "load" ? registersFrom(result, name) : [],
        reads: [...(stores ? operands : rest.join()).matchAll(/\bR\d+/g)].map(([register]) => register),
      },
    ];
  });
}

/** What a load of 32, 64 or 128 bits writes: R4 alone, R4 and R5, or R4 to R7. */
function registersFrom(result, name) {
  const first = Number(/R(\d+)/.exec(result)?.[1]);
  const count = /\.128/.test(name) ? 4 : /\.64/.test(name) ? 2 : 1;
  return Array.from({ length: Number.isNaN(first) ? 0 : count }, (_, k) => `R${first + k}`);
}

const nvidiaKinds = [
  ["multiply", /^FFMA/],
  ["matrix", /^(HMMA|HGMMA|IMMA)/],
  ["sharedLoad", /^LDS/],
  ["sharedStore", /^STS/],
  ["load", /^LDG?\b/],
  ["store", /^STG?\b/],
  ["spill", /^(LDL|STL)\b/],
  ["barrier", /^BAR/],
  ["branch", /^(BRA|EXIT|RET|CALL)\b/],
  ["free", /^NOP\b/],
  // The uniform datapath, which shares the slots.
  ["scalar", /^(U[A-Z]|S2UR|R2UR)/],
];
const nvidiaKind = (name) => nvidiaKinds.find(([, pattern]) => pattern.test(name))?.[0] ?? "arithmetic";
