/** What the keyboard reaches. */
const CONTROLS = "a[href], button:enabled, input:enabled, select:enabled, summary, [tabindex='0']" as const;
/** Fields that are typed into: on a phone the focus opens its keyboard there, so other controls come first. */
const TYPED = "input:not([type='radio'], [type='checkbox'], [type='range'])";
/** Parts of the page that screen readers have a name for. */
const NAMED = "[aria-label], [aria-labelledby], main";
const BUSY = "[aria-busy='true']";

/** Of radio buttons the keyboard reaches the one that is chosen. */
function reached(control: HTMLElement, root: HTMLElement): HTMLElement {
  if (!(control instanceof HTMLInputElement) || control.type !== "radio" || control.checked) return control;
  const group = `input[type="radio"][name="${CSS.escape(control.name)}"]:checked:enabled`;
  return root.querySelector<HTMLInputElement>(group) ?? control;
}

/** The part of the page around an element that has a name. */
const partAround = (element: Element, root: HTMLElement): HTMLElement =>
  element.closest<HTMLElement>(NAMED) ?? root;

/** The first control at a place or after it, else the last before it, in the narrowest part of the page that has one; where something is awaited, that part itself. */
function neighbourOf(place: Range, root: HTMLElement): HTMLElement {
  const { startContainer: at } = place;
  const start = at instanceof Element && root.contains(at) ? at : root;
  const awaited = start.closest<HTMLElement>(BUSY);
  if (awaited) return awaited;
  for (let part: Element | null = start; part && root.contains(part); part = part.parentElement) {
    const all = [...part.querySelectorAll<HTMLElement>(CONTROLS)].filter(
      (control) => control.getClientRects().length > 0,
    );
    for (const controls of [all.filter((control) => !control.matches(TYPED)), all]) {
      const isAfter = (control: HTMLElement): boolean => place.comparePoint(control, 0) >= 0;
      const found = controls.find(isAfter) ?? controls.at(-1);
      if (found) return reached(found, root);
    }
  }
  return partAround(start, root);
}

/** Where a control that has the keyboard's focus vanishes, the focus goes to its neighbour, or to what has come in its place; while a control is disabled, to the part of the page around it, and back. It would be lost otherwise: to the whole page, where the Tab key begins anew and screen readers are silent. Returns what ends it. */
export function keepFocus(root: HTMLElement): () => void {
  /** What has the focus, or had it until it vanished or was disabled. */
  let held: HTMLElement | undefined;
  /** What has it while `held` is disabled. */
  let standIn: HTMLElement | undefined;
  /** Where `held` is: browsers keep it at where that was. */
  const place = document.createRange();

  function hold(element: HTMLElement): void {
    held = element;
    standIn = undefined;
    place.selectNode(element);
  }
  function focus(element: HTMLElement): void {
    if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) {
      element.tabIndex = -1;
      element.addEventListener("blur", () => element.removeAttribute("tabindex"), { once: true });
    }
    element.focus();
  }

  const observer = new MutationObserver(() => {
    if (!held) return;
    const active = document.activeElement;
    const lost = active === document.body || active === held || active === standIn;
    if (!held.isConnected) {
      if (!lost) return;
      const neighbour = neighbourOf(place, root);
      hold(neighbour);
      focus(neighbour);
      return;
    }
    place.selectNode(held);
    if (!lost) return;
    if (!held.matches(":disabled")) {
      if (standIn) focus(held);
    } else if (!standIn?.isConnected) {
      standIn = partAround(held, root);
      focus(standIn);
    }
  });

  const onFocus = ({ target }: FocusEvent): void => {
    if (target !== standIn && target instanceof HTMLElement) hold(target);
  };
  const onBlur = ({ target, relatedTarget }: FocusEvent): void => {
    if (relatedTarget) return;
    // Whether it is being removed is not to be seen yet.
    queueMicrotask(() => {
      const stays = target instanceof HTMLElement && target.isConnected && !target.matches(":disabled");
      // A press beside all controls.
      if (stays && document.activeElement === document.body) held = undefined;
    });
  };
  /** A key that is held presses what it was pressed on, not what the focus has gone to. */
  const onKey = (event: KeyboardEvent): void => {
    if (event.repeat && event.key === "Enter") event.preventDefault();
  };
  root.addEventListener("focusin", onFocus);
  root.addEventListener("focusout", onBlur);
  root.addEventListener("keydown", onKey);
  observer.observe(root, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return () => {
    root.removeEventListener("focusin", onFocus);
    root.removeEventListener("focusout", onBlur);
    root.removeEventListener("keydown", onKey);
    observer.disconnect();
  };
}
