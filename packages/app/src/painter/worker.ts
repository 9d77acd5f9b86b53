import { expose, proxy, transfer, wrap } from "comlink";
import type { Engine } from "../engine/engine.js";
import { type Holder, holdLock } from "../engine/holdLock.js";
import type { Painter, PainterMaker } from "../engine/painter.js";
import { createPainter } from "./createPainter.js";

const maker: PainterMaker & Holder = {
  holdLock,
  painterFor: (port) => {
    const painter = createPainter(wrap<Engine>(port));
    return proxy({
      ...painter,
      paint: async (picture) => {
        const bitmap = await painter.paint(picture);
        return transfer(bitmap, [bitmap]);
      },
    } satisfies Painter);
  },
};

expose(maker);
