import { effect, type Signal, untracked } from "@preact/signals";

/** A question that may be asked anew at any time. */
export interface Following<Q, A> {
  /** What is asked, plain data; undefined where nothing is. */
  readonly asked: () => Q | undefined;
  /** What a question is about. An answer about something else is never shown; one that only is of before is, until the next has come. */
  readonly subject: (question: Q) => unknown;
  /** Whether it is asked now; the answer of before stays while it is not. */
  readonly wanted?: () => boolean;
  readonly answer: (question: Q) => Promise<A>;
  readonly into: Signal<A | undefined>;
  readonly onError: (error: unknown) => void;
  /** Gives up an answer that is no longer shown. */
  readonly drop?: (answer: A) => void;
}

/** Keeps a signal at the answer. One question is asked at a time; of those that come meanwhile, the last is the next. Returns what ends it. */
export function followAnswer<Q, A>({
  asked,
  subject,
  wanted = () => true,
  answer,
  into,
  onError,
  drop = () => undefined,
}: Following<Q, A>): () => void {
  let latest: Q | undefined;
  let [busy, turn] = [false, 0];
  let about: unknown;
  /** What the answer that is shown was given to. */
  let answered: string | undefined;

  function show(found: A | undefined, question?: Q): void {
    const before = into.peek();
    answered = found === undefined ? undefined : JSON.stringify(question);
    into.value = found;
    if (before !== undefined && before !== found) drop(before);
  }

  async function run(): Promise<void> {
    busy = true;
    for (let question = latest; question !== undefined; question = question === latest ? undefined : latest) {
      if (JSON.stringify(question) === answered) continue;
      const mine = turn;
      try {
        const found = await answer(question);
        if (mine === turn) show(found, question);
        else drop(found);
      } catch (error) {
        if (question === latest) onError(error);
      }
    }
    busy = false;
  }

  const end = effect(() => {
    const question = asked();
    const now = question && subject(question);
    if (now !== about || question === undefined) {
      about = now;
      turn++;
      show(undefined);
    }
    latest = wanted() ? question : undefined;
    if (latest !== undefined && !busy) untracked(() => void run());
  });
  return () => {
    end();
    latest = undefined;
    turn++;
    show(undefined);
  };
}
