/** What a job that copies files is told of, and asked. */
export interface Copying {
  /** Before each piece: throws where the job was ended. */
  proceed(): void;
  onPhase(sentence: string): void;
}
