// Copies of what is shown: plots as SVG that stand by themselves, figures as CSV.

export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
}

// A cell that a spreadsheet would take for a formula is given a leading apostrophe.
function csvCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvOf(table: Table): string {
  return [table.columns, ...table.rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}

const COLOURS = ["fill", "stroke"];

// The plot as it looks now, with its colours written out in place of the page's variables.
export function svgOf(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  from.forEach((element, i) => {
    for (const name of COLOURS)
      if (/var\(|currentColor/.test(element.getAttribute(name) ?? ""))
        to[i]!.setAttribute(name, getComputedStyle(element).getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", "system-ui, sans-serif");
  copy.setAttribute("font-size", "12");
  return new XMLSerializer().serializeToString(copy);
}

function copyOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}
