import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSession } from "../session/context.js";

/** Opens what is behind an address: the only thing that is fetched, and only when it is asked for. */
export function AddressField(): JSX.Element {
  const { images } = useSession();
  const [url, setUrl] = useState("");
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        if (url.trim() !== "") void images.openUrl(url.trim());
      }}
    >
      <label class="address__label" for="address">
        Or an OME-Zarr by its address
      </label>
      <div class="address__row">
        <input
          id="address"
          class="input"
          type="url"
          inputMode="url"
          autocomplete="off"
          placeholder="https://"
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={url.trim() === ""}>
          Open
        </button>
      </div>
    </form>
  );
}
