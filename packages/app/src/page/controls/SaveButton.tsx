import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { NamedBlob } from "../../engine/engine.js";
import { type Failure, failureOf } from "../session/failure.js";
import { Icon } from "./Icon.js";
import { FailureNotice } from "./Notice.js";
import { saveFile } from "./saveFile.js";
import { bytesText } from "./words.js";

/** Saves a file that is there, or one that is made when it is asked for. */
export function SaveButton({
  file,
  label,
  primary = false,
  disabled = false,
  onSaved,
}: {
  readonly file: NamedBlob | (() => Promise<NamedBlob>);
  readonly label: string;
  readonly primary?: boolean;
  readonly disabled?: boolean;
  readonly onSaved?: () => void;
}): JSX.Element {
  const [making, setMaking] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const click = async (): Promise<void> => {
    setFailure(undefined);
    setMaking(true);
    try {
      saveFile(typeof file === "function" ? await file() : file);
      onSaved?.();
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setMaking(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class={primary ? "button button--primary button--wide" : "button"}
        disabled={disabled || making}
        onClick={() => void click()}
      >
        <Icon name="save" />
        {making ? "Preparing" : label}
        {typeof file === "object" && <span class="button__extra numbers">{bytesText(file.blob.size)}</span>}
      </button>
      {failure && <FailureNotice failure={failure} />}
    </>
  );
}
