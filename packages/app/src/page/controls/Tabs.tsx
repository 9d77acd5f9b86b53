import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import "./tabs.css";

export interface Tab<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Something goes on there. */
  readonly busy?: boolean;
}

export const tabId = (value: string): string => `tab-${value.replaceAll(" ", "-")}`;
export const tabPanelId = (value: string): string => `panel-${value.replaceAll(" ", "-")}`;

export function Tabs<T extends string>({
  label,
  tabs,
  value,
  onChange,
}: {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = tabs.findIndex((tab) => tab.value === value);
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    onChange(tabs[next]!.value);
    list.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          class="tabs__one"
          id={tabId(tab.value)}
          aria-selected={tab.value === value}
          aria-controls={tab.value === value ? tabPanelId(tab.value) : undefined}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
        >
          {tab.label}
          {tab.busy === true && <span class="tabs__busy" role="img" aria-label="running" />}
        </button>
      ))}
    </div>
  );
}
