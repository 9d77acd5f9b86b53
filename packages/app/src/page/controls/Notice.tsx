import type { ComponentChildren, JSX } from "preact";
import type { Failure } from "../session/failure.js";
import { CopyButton } from "./CopyButton.js";
import { Icon } from "./Icon.js";
import { sentenceText } from "./words.js";
import "./notice.css";

export type NoticeKind = "note" | "warning" | "failure";

/** A failure is said at once by screen readers, a warning when there is a pause. */
const roles = { note: "note", warning: "status", failure: "alert" } as const satisfies Record<
  NoticeKind,
  string
>;

/** A sentence that should be read, with what can be done about it. */
export function Notice({
  kind,
  title,
  children,
  onDismiss,
}: {
  readonly kind: NoticeKind;
  readonly title?: string | undefined;
  readonly children: ComponentChildren;
  readonly onDismiss?: (() => void) | undefined;
}): JSX.Element {
  return (
    <div class={`notice notice--${kind}`} role={roles[kind]}>
      <div class="notice__text">
        {title !== undefined && <strong class="notice__title">{title}</strong>}
        {children}
      </div>
      {onDismiss && (
        <button
          type="button"
          class="button button--icon notice__close"
          aria-label="Dismiss"
          onClick={onDismiss}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

/** What went wrong. Of mistakes of the program's own, the details can be copied for a report. */
export const FailureNotice = ({
  failure,
  title,
  children,
  onDismiss,
}: {
  readonly failure: Failure;
  readonly title?: string | undefined;
  readonly children?: ComponentChildren;
  readonly onDismiss?: (() => void) | undefined;
}): JSX.Element => (
  <Notice kind="failure" title={title} onDismiss={onDismiss}>
    <p>{sentenceText(failure.sentence)}</p>
    {failure.details !== undefined && <CopyButton text={failure.details} label="Copy details" />}
    {children}
  </Notice>
);
