import type { JSX } from "preact";
import type { DenoisedImage } from "../../engine/engine.js";
import { Icon } from "../controls/Icon.js";
import { sentenceText } from "../controls/words.js";
import "./trust-checks.css";

/** What the checks of the report say, those that stand out first. */
export function TrustChecks({ checks }: Pick<DenoisedImage, "checks">): JSX.Element | null {
  if (checks.length === 0) return null;
  const sorted = checks.toSorted(
    (one, other) => Number(other.stands === "out") - Number(one.stands === "out"),
  );
  return (
    <section class="panel__section" aria-labelledby="checks">
      <h2 id="checks">Can it be trusted?</h2>
      <ul class="checks">
        {sorted.map(({ sentence, stands }, i) => (
          <li key={i} class="checks__one" data-stands={stands}>
            <Icon name={stands} />
            <span>
              {stands === "out" && <strong class="checks__mark">Stands out. </strong>}
              {sentenceText(sentence)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
