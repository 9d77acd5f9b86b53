/** What an epoch has come to: means over its samples. */
export interface EpochRecord {
  readonly epoch: number;
  /** Updates since the beginning of the training. */
  readonly updates: number;
  /** The loss and the metrics by name, while training. */
  readonly train: Readonly<Record<string, number>>;
  /** The same of the validation, where there is one. */
  readonly validation?: Readonly<Record<string, number>>;
  /** Updates that were left out since the beginning because loss or gradients were not finite. */
  readonly skipped: number;
}

/** Where an epoch stands. */
export interface UpdateRecord {
  readonly epoch: number;
  readonly updates: number;
  /** Means over the samples of the epoch so far. */
  readonly train: Readonly<Record<string, number>>;
}

/** The best value so far, and when it was. */
export interface Best {
  readonly epoch: number;
  readonly value: number;
}

/** Where a training stands. */
export interface Progress {
  /** The epoch that goes on. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  readonly history: readonly EpochRecord[];
  readonly best?: Best;
  /** The first epoch that `best` is among, where epochs before it are not compared: their values are of something else, or their variables were not kept. */
  readonly comparedFrom?: number;
}
