import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const [state, setState] = useState<"ready" | "copied" | "refused">("ready");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  const words = { ready: label, copied: "Copied", refused: "The browser did not allow it" } as const;
  return (
    <button type="button" class="button button--quiet" onClick={() => void copy()}>
      <span aria-live="polite">{words[state]}</span>
    </button>
  );
}
