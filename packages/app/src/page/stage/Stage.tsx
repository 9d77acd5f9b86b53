import type { JSX } from "preact";
import { ContrastInspector } from "../inspect/ContrastInspector.js";
import { ProfileInspector } from "../inspect/ProfileInspector.js";
import { useSession } from "../session/context.js";
import { AxisSliders } from "./AxisSliders.js";
import { StageBar } from "./StageBar.js";
import { StageView } from "./StageView.js";
import "./stage.css";

/** The image in the middle, with what is asked of its pixels below. */
export function Stage(): JSX.Element {
  const inspecting = useSession().viewer.inspecting.value;
  return (
    <section class="stage" aria-label="Viewer">
      <StageBar />
      <StageView />
      <div class="stage__below">
        <AxisSliders />
        {inspecting === "contrast" && <ContrastInspector />}
        {inspecting === "profile" && <ProfileInspector />}
      </div>
    </section>
  );
}
