import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "../controls/Icon.js";
import { useSession } from "../session/context.js";
import { chosenFiles } from "./droppedFiles.js";

/** What the dialogue of files offers first. */
const EXTENSIONS =
  ".tif,.tiff,.ome.tif,.ome.tiff,.btf,.tf8,.lsm,.stk,.png,.zip,.safetensors,.onnx,image/tiff,image/png";

/** Opens the dialogue for files, or for a folder. */
export function OpenButtons({ prominent }: { readonly prominent: boolean }): JSX.Element {
  const { open } = useSession();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement): void => {
    const chosen = chosenFiles(input.files!); // An input of files has a list
    // The same file can be chosen again.
    input.value = "";
    if (chosen.length > 0) void open(chosen);
  };
  return (
    <div class="buttons">
      <button
        type="button"
        class={prominent ? "button button--primary" : "button"}
        onClick={() => files.current?.click()}
      >
        <Icon name="open" />
        Open files
      </button>
      <button type="button" class="button" onClick={() => folder.current?.click()}>
        Open a folder
      </button>
      <input
        ref={files}
        type="file"
        multiple
        accept={EXTENSIONS}
        hidden
        aria-label="Files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(input) => {
          folder.current = input;
          if (input) input.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label="Folder"
        onChange={(event) => take(event.currentTarget)}
      />
    </div>
  );
}
