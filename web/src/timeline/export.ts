/** The timeline as files: the picture as SVG that stands alone, and every entry as CSV. */
import { toCsv } from "../text/csv";
import { formatLocal } from "../time/format";
import type { Mark } from "./marks";

/** What of a style the picture uses; a file has no style sheet of ours. */
const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "opacity",
] as const;

export function svgOf(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement; // a clone is of the class of its original
  const originals = [picture, ...picture.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [index, original] of originals.entries()) {
    const target = copies[index];
    if (!target) continue;
    const style = getComputedStyle(original);
    for (const name of STYLES)
      target.setAttribute(
        name,
        style
          .getPropertyValue(name)
          .replace(/url\("?[^)"]*#/, 'url("#')
          .replace(/url\("#([^)"]*)"?\)/, "url(#$1)"),
      );
    target.removeAttribute("class");
  }
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(picture.viewBox.baseVal.width));
  return new XMLSerializer().serializeToString(copy);
}

export function csvOf(
  marks: readonly Mark[],
  pins: readonly string[],
  sortWord: (sort: Mark["sort"]) => string,
): string {
  const heads = [
    "time_utc",
    "time_local_utc+7",
    "end_utc",
    "lane",
    "what",
    "details",
    "who",
    "reference",
    "hosts",
    "sources",
    "complete",
    "pin",
  ];
  const rows = marks.map((mark) => {
    const pin = pins.indexOf(mark.id);
    return [
      new Date(mark.atUs / 1000).toISOString(),
      formatLocal(mark.atUs),
      mark.endUs > mark.atUs ? new Date(mark.endUs / 1000).toISOString() : "",
      sortWord(mark.sort),
      mark.text,
      mark.body ?? "",
      mark.who,
      mark.reference,
      mark.hosts.join(" "),
      mark.sources.join(" "),
      mark.isComplete ? "yes" : "no",
      pin === -1 ? "" : String(pin + 1),
    ];
  });
  return toCsv(heads, rows);
}
