import { signal } from "@preact/signals-core";
import { describe, expect, it } from "vitest";
import { followAnswer } from "../../packages/app/src/page/session/followAnswer.js";

describe("answers that are followed", () => {
  /** Questions "subject number", answered when the test says so. */
  function following() {
    const asked = signal<{ readonly about: string; readonly number: number } | undefined>(undefined);
    const wanted = signal(true);
    const into = signal<string | undefined>(undefined);
    const pending: (() => void)[] = [];
    const [questions, dropped, errors]: [string[], string[], unknown[]] = [[], [], []];
    const end = followAnswer({
      asked: () => asked.value,
      subject: ({ about }) => about,
      wanted: () => wanted.value,
      answer: ({ about, number }) => {
        questions.push(`${about}${number}`);
        return new Promise<string>((resolve, reject) => {
          pending.push(() => (number < 0 ? reject(number) : resolve(`${about}${number}`)));
        });
      },
      into,
      onError: (error) => errors.push(error),
      drop: (answer) => dropped.push(answer),
    });
    const ask = (about: string, number: number): void => {
      asked.value = { about, number };
    };
    const answer = async (): Promise<void> => {
      pending.shift()!();
      await new Promise((done) => setTimeout(done));
    };
    return { asked, wanted, into, questions, dropped, errors, end, ask, answer };
  }

  it("are asked for one at a time, the last of those that came meanwhile next, and given up when there is a newer one", async () => {
    const { into, questions, dropped, ask, answer } = following();
    for (const number of [1, 2, 3]) ask("a", number);
    expect(questions).toEqual(["a1"]);
    await answer();
    expect(into.value).toBe("a1");
    await answer();
    expect([into.value, questions, dropped]).toEqual(["a3", ["a1", "a3"], ["a1"]]);
    ask("a", 3);
    expect(questions).toHaveLength(2);
  });

  it("about something else are never shown", async () => {
    const { asked, into, dropped, ask, answer } = following();
    ask("a", 1);
    await answer();
    ask("a", 2);
    ask("b", 1);
    expect([into.value, dropped]).toEqual([undefined, ["a1"]]);
    await answer();
    expect([into.value, dropped]).toEqual([undefined, ["a1", "a2"]]);
    await answer();
    expect(into.value).toBe("b1");
    asked.value = undefined;
    expect([into.value, dropped]).toEqual([undefined, ["a1", "a2", "b1"]]);
  });

  it("stay while they are not wanted, and are asked for anew after an error", async () => {
    const { wanted, into, questions, errors, end, dropped, ask, answer } = following();
    ask("a", 1);
    await answer();
    wanted.value = false;
    ask("a", 2);
    expect([into.value, questions]).toEqual(["a1", ["a1"]]);
    wanted.value = true;
    await answer();
    ask("a", -1);
    await answer();
    expect([into.value, errors]).toEqual(["a2", [-1]]);
    ask("a", -1);
    expect(questions).toEqual(["a1", "a2", "a-1", "a-1"]);
    end();
    await answer();
    expect([into.value, dropped]).toEqual([undefined, ["a1", "a2"]]);
  });
});
