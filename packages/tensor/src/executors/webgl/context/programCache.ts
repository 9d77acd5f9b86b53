import vertexText from "../../../../../../shaders/vertex.glsl?raw";
import { DeviceError } from "../../../deviceError.js";
import type { Gl, GlProgram } from "./glTypes.js";

/** A program that is being made, or is made, and where its uniforms are. */
export interface LinkedProgram {
  readonly gl: GlProgram;
  readonly parameters: ReturnType<Gl["getUniformLocation"]>;
}

interface Entry {
  readonly program: GlProgram;
  readonly shader: NonNullable<ReturnType<Gl["createShader"]>>;
  readonly name: string;
  readonly reads: number;
  linked: LinkedProgram | undefined;
}

/** Milliseconds between two looks whether drivers are done. */
const between = 4;

/** The programs of a context by the text of their fragment shader, each made once. */
export class ProgramCache {
  readonly #gl: Gl;
  readonly #entries: Map<string, Entry> = new Map();
  /** COMPLETION_STATUS_KHR, where a driver compiles beside the thread that asks it to. */
  readonly #completion: number | undefined;
  #vertex: ReturnType<Gl["createShader"]> = null;

  constructor(gl: Gl) {
    this.#gl = gl;
    const parallel = gl.getExtension("KHR_parallel_shader_compile");
    this.#completion = (parallel as { readonly COMPLETION_STATUS_KHR: number } | null)?.COMPLETION_STATUS_KHR;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Has programs made for these texts, which read so many textures, and waits for the driver where it can be asked; others of the event loop have their turns meanwhile. Rejects with what the driver says against one. */
  async prepare(
    kernels: readonly { readonly name: string; readonly text: string; readonly reads: readonly unknown[] }[],
  ): Promise<void> {
    const entries = kernels.map(({ name, text, reads }) => this.#start(name, text, reads.length));
    if (this.#completion === undefined) return;
    for (const entry of entries) {
      while (
        !entry.linked &&
        !this.#gl.isContextLost() &&
        !this.#gl.getProgramParameter(entry.program, this.#completion)
      ) {
        await new Promise((resolve) => setTimeout(resolve, between));
      }
      entry.linked ??= this.#link(entry);
    }
  }

  /** The program of a text. Throws what the driver says against it. */
  program(name: string, text: string, reads: number): LinkedProgram {
    const entry = this.#start(name, text, reads);
    entry.linked ??= this.#link(entry);
    return entry.linked;
  }

  #start(name: string, text: string, reads: number): Entry {
    const known = this.#entries.get(text);
    if (known) return known;
    const gl = this.#gl;
    this.#vertex ??= this.#shader(gl.VERTEX_SHADER, vertexText);
    const shader = this.#shader(gl.FRAGMENT_SHADER, text);
    const program = gl.createProgram();
    gl.attachShader(program, this.#vertex);
    gl.attachShader(program, shader);
    gl.linkProgram(program);
    const entry: Entry = { program, shader, name, reads, linked: undefined };
    this.#entries.set(text, entry);
    return entry;
  }

  #shader(kind: number, text: string): NonNullable<ReturnType<Gl["createShader"]>> {
    const shader = this.#gl.createShader(kind);
    // Contexts that are lost make none.
    if (!shader) throw new DeviceError("lost", "lost: WebGL made no shader; open a new executor");
    this.#gl.shaderSource(shader, text);
    this.#gl.compileShader(shader);
    return shader;
  }

  #link({ program, shader, name, reads }: Entry): LinkedProgram {
    const gl = this.#gl;
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const log = [gl.getProgramInfoLog(program), gl.getShaderInfoLog(shader)].filter(Boolean).join("\n");
      throw new DeviceError("validation", `WebGL made no program of ${name}: ${log || "no reason given"}`);
    }
    gl.deleteShader(shader);
    gl.useProgram(program);
    for (let k = 0; k < reads; k++) gl.uniform1i(gl.getUniformLocation(program, `s${k}`), k);
    return { gl: program, parameters: gl.getUniformLocation(program, "p") };
  }
}
