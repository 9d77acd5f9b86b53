import type { Document, Element } from "@xmldom/xmldom";
import type { Provenance } from "../../image/provenance.js";
import { elementsBelow, elementsIn } from "./omeDocument.js";

/** Names what is ours among the annotations of a document. */
const NAMESPACE = "clidim/denoised";

/** Adds what made an image as a map of names and values, to which every image refers. `origin` is the identifier of the file that it was made from. */
export function annotateOme(
  document: Document,
  { software, details }: Provenance,
  origin: string | null,
): void {
  const root = document.documentElement;
  if (!root) return;
  const [structured = addStructured(document, root)] = elementsIn(root, "StructuredAnnotations");
  const ids = new Set([...elementsBelow(root)].map((element) => element.getAttribute("ID")));
  let number = 0;
  while (ids.has(`Annotation:clidim:${number}`)) number++;
  const id = `Annotation:clidim:${number}`;
  const create = (parent: Element, name: string): Element => {
    const prefix = parent.prefix ? `${parent.prefix}:` : "";
    const element = document.createElementNS(parent.namespaceURI, `${prefix}${name}`);
    parent.appendChild(element);
    return element;
  };
  const map = create(structured, "MapAnnotation");
  map.setAttribute("ID", id);
  map.setAttribute("Namespace", NAMESPACE);
  const value = create(map, "Value");
  const all = [
    ["Software", software] as const,
    ...details,
    ...(origin === null ? [] : [["Source UUID", origin] as const]),
  ];
  for (const [name, text] of all) {
    const entry = create(value, "M");
    entry.setAttribute("K", name);
    entry.appendChild(document.createTextNode(text));
  }
  for (const image of elementsIn(root, "Image")) {
    const reference = document.createElementNS(
      structured.namespaceURI,
      map.prefix ? `${map.prefix}:AnnotationRef` : "AnnotationRef",
    );
    reference.setAttribute("ID", id);
    image.appendChild(reference);
  }
}

/** Annotations stand before the regions. Schemas before 2016 have a namespace of their own for them. */
function addStructured(document: Document, root: Element): Element {
  const namespace = root.namespaceURI ?? "";
  const own = /\/OME\/20(0\d|1[0-5])-/.test(namespace);
  const element = own
    ? document.createElementNS(namespace.replace("/OME/", "/SA/"), "SA:StructuredAnnotations")
    : document.createElementNS(
        namespace,
        root.prefix ? `${root.prefix}:StructuredAnnotations` : "StructuredAnnotations",
      );
  const [region = null] = elementsIn(root, "ROI");
  root.insertBefore(element, region);
  return element;
}
