import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** Puts a text into the clipboard, and says so until there is another text. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const [last, setLast] = useState<{ readonly text: string; readonly words: string } | undefined>(undefined);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setLast({ text, words: "Copied" });
    } catch {
      setLast({ text, words: "The browser did not allow it" });
    }
  };
  return (
    <button type="button" class="button button--quiet" onClick={() => void copy()}>
      <span aria-live="polite">{last?.text === text ? last.words : label}</span>
    </button>
  );
}
