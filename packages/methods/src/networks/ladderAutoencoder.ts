import { type Block, type Context, type Layer, layers, namedBlocks } from "@clidim/nn";
import { add, chunk, concat, mul, reshape, sigmoid, type Tensor, elu as unit, zeros } from "@clidim/tensor";
import { checkImageSides } from "./imageSides.js";
import type { BlockTree, LayerLeaves, NetworkTree, NetworkVariables } from "./networkTree.js";

export interface LadderAutoencoderOptions {
  /** Levels, each of half the size of the one outside it; image sides must be multiples of 2^depth. As published: 6. */
  readonly depth: number;
  /** Channels of all levels. As published: 64. */
  readonly filters: number;
  /** Channels of the code of a level. As published: 32. */
  readonly latents: number;
  /** Residual blocks of a level on the way up, of one on the way down, and behind them. As published: 5. */
  readonly blocks: number;
  /** Before each activation of the residual blocks. As published: "batch". */
  readonly norm: "none" | "batch";
  /** Of whole channels, behind each convolution of the residual blocks. As published: 0.2. */
  readonly dropout: number;
}

/** Normal distributions of the values of a level's code: [N,H,W,latents] each, those of the innermost level's prior [1,1,1,latents]. */
export interface LevelCode {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

/** One application of the network. Levels are counted from 1, the outermost, to the depth, and are gone down from the innermost. */
export interface Ladder {
  /** What the levels see of images [N,H,W,1], [N,H/2^level,W/2^level,filters], level 1 first. */
  climb(x: Tensor): readonly Tensor[];
  /** What a level expects by what came from further in, of the size of its code; nothing did at the innermost. */
  prior(level: number, above?: Tensor): LevelCode;
  /** What it knows with what it sees. */
  posterior(level: number, seen: Tensor, above?: Tensor): LevelCode;
  /** What goes on to the next level, of its size, of the values of a code. */
  descend(level: number, z: Tensor, above?: Tensor): Tensor;
  /** The signal [N,H,W,1], of what level 1 passes on. */
  signal(outermost: Tensor): Tensor;
  /** Of the norms, after it: in training those of the batch. */
  readonly stats: NetworkTree;
}

export interface LadderAutoencoder extends Pick<Layer<NetworkTree, NetworkTree>, "init"> {
  start(variables: NetworkVariables, context: Context): Ladder;
}

type Parts = Record<string, Layer<LayerLeaves, LayerLeaves>>;

function single(conv: Layer<LayerLeaves, LayerLeaves>): Layer<BlockTree, BlockTree> {
  const parts: Parts = { conv };
  return layers.sequential(parts);
}

/** Norm, ELU, 3 x 3 convolution and dropout, twice; gated, then a 1 x 1 convolution to twice the channels. */
function residualBranch(
  { filters, norm, dropout }: LadderAutoencoderOptions,
  gated: boolean,
): Layer<BlockTree, BlockTree> {
  const parts: Parts = {};
  for (const i of [1, 2]) {
    // With momentum 1 the statistics after an application are those of its batch.
    if (norm === "batch") parts[`norm${i}`] = layers.batchNorm({ momentum: 1 });
    parts[`elu${i}`] = layers.elu();
    parts[`conv${i}`] = layers.conv2d({ out: filters, kernel: 3, padding: 1 });
    parts[`dropout${i}`] = layers.dropout2d(dropout);
  }
  if (gated) parts.gate = layers.conv2d({ out: 2 * filters, kernel: 1 });
  return layers.sequential(parts);
}

/** elu(first half of the channels) * sigmoid(second half). */
function gate(x: Tensor): Tensor {
  const [values, opening] = chunk(x, 2, -1);
  return mul(unit(values!), sigmoid(opening!));
}

/**
 * The ladder of Hierarchical DivNoising (Prakash, Delbracio, Milanfar and Jug 2022), after Sonderby et al. 2016. With F filters, D levels, L latents, residual blocks
 *
 *     R(x) = x + gate(1x1(drop(3x3(elu(norm(drop(3x3(elu(norm(x)))))))))),    gate([a, b]) = elu(a) sigmoid(b)
 *
 * and two tensors merged by M(a, b) = R(1x1 convolution of [a, b] to F channels):
 *
 *     u_0 = R'(elu(5x5(x))), R' being R without a gate; u_k = R...R(3x3 stride 2 (u_{k-1}))
 *     prior of z_D: a mean and a variance of each channel, the same everywhere; of z_k: 3x3(d_k) to 2 L channels
 *     posterior of z_D: 3x3(u_D); of z_k: 3x3(M(u_k, d_k))
 *     s_D = 3x3(z_D) to F channels; s_k = M'(3x3(z_k), d_k); d_{k-1} = R...R(convT3x3 stride 2 (s_k))
 *     signal = 3x3(R...R(d_0))
 *
 * Weights start as PyTorch's do, the innermost prior as standard normal distributions. The blocks are `stem`, `stemBlock`; of level k, counted from the outermost, `halve<k>`, `up<k>Block<i>`, `merge<k>` and `merge<k>Block`, `prior<k>`,
 * `posterior<k>`, `code<k>`, `skip<k>` and `skip<k>Block`, `enlarge<k>`, `down<k>Block<i>`; and `lastBlock<i>`, `head`.
 */
export function ladderAutoencoder(options: LadderAutoencoderOptions): LadderAutoencoder {
  const { depth, filters, latents, blocks: count } = options;
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const list: Block<BlockTree, BlockTree>[] = [];
  const addBlock = (name: string, layer: Layer<BlockTree, BlockTree>, inputChannels = filters): void => {
    list.push({ name, layer, inputChannels });
  };
  const addChain = (name: string): void => {
    for (const i of numbers) addBlock(`${name}Block${i}`, residualBranch(options, true));
  };
  const addMerge = (name: string): void => {
    addBlock(name, single(layers.conv2d({ out: filters, kernel: 1 })), 2 * filters);
    addBlock(`${name}Block`, residualBranch(options, true));
  };
  const convolution = (out: number) => single(layers.conv2d({ out, kernel: 3, padding: 1 }));

  const stem: Parts = { conv: layers.conv2d({ out: filters, kernel: 5, padding: 2 }), elu: layers.elu() };
  addBlock("stem", layers.sequential(stem), 1);
  addBlock("stemBlock", residualBranch(options, false));
  for (const level of levels) {
    addBlock(`halve${level}`, single(layers.conv2d({ out: filters, kernel: 3, stride: 2, padding: 1 })));
    addChain(`up${level}`);
  }
  for (const level of levels.toReversed()) {
    if (level < depth) {
      addMerge(`merge${level}`);
      addMerge(`skip${level}`);
      addBlock(`prior${level}`, convolution(2 * latents));
    }
    addBlock(`posterior${level}`, convolution(2 * latents));
    addBlock(`code${level}`, convolution(filters), latents);
    const enlarge = layers.convTranspose2d({
      out: filters,
      kernel: 3,
      stride: 2,
      padding: 1,
      outputPadding: 1,
    });
    addBlock(`enlarge${level}`, single(enlarge));
    addChain(`down${level}`);
  }
  addChain("last");
  addBlock("head", convolution(1));
  const blocks = namedBlocks(list);
  const innermost = `prior${depth}`;

  return {
    init(key, shape) {
      checkImageSides("ladderAutoencoder", shape, depth);
      const { params, stats } = blocks.init(key);
      const standard = { mean: zeros([latents]), logVariance: zeros([latents]) };
      return { params: { ...params, [innermost]: { everywhere: standard } }, stats };
    },
    start(variables, context) {
      const { run, stats } = blocks.start(variables, context);
      const residual = (name: string, x: Tensor): Tensor => add(x, gate(run(name, x)));
      const chain = (name: string, x: Tensor): Tensor =>
        numbers.reduce((inner, i) => residual(`${name}Block${i}`, inner), x);
      const merged = (name: string, a: Tensor, b: Tensor): Tensor =>
        residual(`${name}Block`, run(name, concat([a, b], 3)));
      const codeOf = (both: Tensor): LevelCode => {
        const [mean, logVariance] = chunk(both, 2, -1);
        return { mean: mean!, logVariance: logVariance! };
      };
      return {
        stats,
        climb(x) {
          checkImageSides("ladderAutoencoder", x.shape, depth);
          const wide = run("stem", x);
          let inner = add(wide, run("stemBlock", wide));
          return levels.map((level) => {
            inner = chain(`up${level}`, run(`halve${level}`, inner));
            return inner;
          });
        },
        prior(level, above) {
          if (above) return codeOf(run(`prior${level}`, above));
          const { mean, logVariance } = variables.params[innermost]!.everywhere!;
          const wide = (values: Tensor): Tensor => reshape(values, [1, 1, 1, latents]);
          return { mean: wide(mean!), logVariance: wide(logVariance!) };
        },
        posterior(level, seen, above) {
          return codeOf(run(`posterior${level}`, above ? merged(`merge${level}`, seen, above) : seen));
        },
        descend(level, z, above) {
          const code = run(`code${level}`, z);
          const joined = above ? merged(`skip${level}`, code, above) : code;
          return chain(`down${level}`, run(`enlarge${level}`, joined));
        },
        signal: (outermost) => run("head", chain("last", outermost)),
      };
    },
  };
}
