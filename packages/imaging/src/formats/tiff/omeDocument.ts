import { DOMParser, type Document, type Element, type Node, XMLSerializer } from "@xmldom/xmldom";

/** Whether a description is OME-XML. */
export function isOme(description: string): boolean {
  return /<(?:\w+:)?OME[\s>]/.test(description);
}

/** The document of a description; undefined where it is none of OME's, or no well-formed one. */
export function parseOme(description: string): Document | undefined {
  if (!isOme(description)) return undefined;
  try {
    const parser = new DOMParser({
      locator: false,
      onError: (level, message) => {
        if (level !== "warning") throw new Error(message);
      },
    });
    const document = parser.parseFromString(description, "application/xml");
    return document.documentElement?.localName === "OME" ? document : undefined;
  } catch {
    return undefined; // what is no XML says nothing
  }
}

/** The text of a document without what was removed of it, which is going to be written as UTF-8. (To take a child out of a document looks at all that its parent has, which of planes there may be many thousands.) */
export function omeText(document: Document, removed: ReadonlySet<Node> = new Set()): string {
  const text = new XMLSerializer().serializeToString(document, {
    nodeFilter: (node) => (removed.has(node) ? null : node),
  });
  return text.replace(/^(<\?xml[^>]*encoding=)(?:"[^"]*"|'[^']*')/, '$1"UTF-8"');
}

/** The elements directly within another, of a name without its prefix where one is given. */
export function elementsIn(parent: Node, name?: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node; node = node.nextSibling) {
    if (isElement(node) && (name === undefined || node.localName === name)) found.push(node);
  }
  return found;
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1; // ELEMENT_NODE
}

/** A whole number that an attribute has, or what stands for it where it is not there. */
export function numberIn(element: Element, attribute: string, otherwise: number): number {
  const value = element.getAttribute(attribute);
  return value === null ? otherwise : Number(value);
}

/** All elements below another, in the order of the document. */
export function* elementsBelow(parent: Node): Generator<Element> {
  for (const element of elementsIn(parent)) {
    yield element;
    yield* elementsBelow(element);
  }
}

/** A random identifier, RFC 9562 version 4. (`crypto.randomUUID` is not there in pages without https.) */
export function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
