import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { FailureNotice, Notice } from "./controls/Notice.js";
import { newVersion } from "./newVersion.js";
import { useSession } from "./session/context.js";
import "./header.css";

/** Whether the site's service worker has loaded the page; one that takes it over later does not isolate it any more. */
const isKept = "serviceWorker" in navigator && navigator.serviceWorker.controller !== null;

/** The name, what the machine has, and what that means. */
export function Header(): JSX.Element {
  const { machine, failure } = useSession();
  const found = machine.value;
  /** Of a slow adapter it is enough to say so once. */
  const read = useSignal<string | undefined>(undefined);
  const { adapter, advice } = found ?? {};
  // Where the server does not have the page isolated, which sharing memory takes, the site's service worker does from the second visit on.
  const reloading = "serviceWorker" in navigator && !isKept ? "; load the page again to use all of them" : "";
  return (
    <header class="header">
      <div class="header__row">
        <p class="header__name">
          CLIDiM<span class="header__what">Denoise microscopy images on your own machine</span>
        </p>
        {found && (
          <p class="header__machine">
            <span class="header__dot" data-kind={adapter?.kind ?? "none"} aria-hidden="true" />
            {adapter
              ? adapter.kind === "gpu"
                ? adapter.name
                : `Processor, ${adapter.name}`
              : "No WebGPU, no WebAssembly"}
          </p>
        )}
      </div>
      {found && advice !== undefined && advice !== read.value && (
        <Notice
          kind="warning"
          title={
            adapter
              ? undefined
              : "Classical methods work here. Training and trained models need WebGPU or WebAssembly."
          }
          onDismiss={
            adapter &&
            (() => {
              read.value = advice;
            })
          }
        >
          <p>
            {advice}
            {adapter?.oneOfSeveral && ` It uses one core of several${reloading}.`}
          </p>
        </Notice>
      )}
      {newVersion.value && (
        <Notice
          kind="note"
          title="There is a new version of this page"
          onDismiss={() => {
            newVersion.value = false;
          }}
        >
          <p>Close all tabs that show the page, then open it again. Stored trainings are kept.</p>
        </Notice>
      )}
      {failure.value && <FailureNotice failure={failure.value} title="The page cannot work" />}
    </header>
  );
}
