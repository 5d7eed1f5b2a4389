// Small parts that every section uses: marks of state, names, plots with the table behind them.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { copyText, csvOf, svgOf, type Table } from "./copy";
import type { Slice, State, Status } from "./model";
import { forTitle, short, STATE_WORDS } from "./text";

const MARKS: Readonly<Record<State, string>> = { clear: "●", unproven: "◐", breach: "✕" };

export function Mark({ state, words }: { state: State | "small"; words?: string }) {
  if (state === "small") return <span class="mark small"><span aria-hidden="true">○</span> {words ?? "too small"}</span>;
  return <span class={`mark ${state}`}><span aria-hidden="true">{MARKS[state]}</span> {words ?? STATE_WORDS[state]}</span>;
}

export function Name({ slice, length }: { slice: Slice; length?: number }) {
  const entries = Object.entries(slice);
  if (entries.length === 0) return <span>overall</span>;
  return (
    <span title={forTitle(entries.map(([segment, group]) => `${segment} = ${group}`).join(", "))}>
      {entries.map(([segment, group], i) => (
        <span key={segment}>{i > 0 && <span class="times"> × </span>}<bdi>{short(group, length)}</bdi></span>
      ))}
    </span>
  );
}

export function StatusText({ status, reason }: { status: Status; reason?: string | undefined }) {
  if (status === "ok") return null;
  return <span class="quiet">{status === "too_small" ? "too small to judge" : reason ?? "undefined"}</span>;
}

export function Section({ id, title, lead, children }: { id: string; title: string; lead?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead !== undefined && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

function CopyButton({ label, text }: { label: string; text: () => string | null }) {
  const [done, setDone] = useState("");
  const click = () => {
    const value = text();
    if (value === null) return;
    void copyText(value).then((good) => {
      setDone(good ? "copied" : "could not be copied");
      setTimeout(() => setDone(""), 2000);
    });
  };
  return <button type="button" class="copy" onClick={click}>{label}<span role="status">{done && ` ${done}`}</span></button>;
}

export function CopyCsv({ table }: { table: Table }) {
  return <CopyButton label="Copy CSV" text={() => csvOf(table)} />;
}

const ROWS_SHOWN_MAX = 200;

export function DataTable({ table, caption }: { table: Table; caption: string }) {
  const left = table.rows.length - ROWS_SHOWN_MAX;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table class="data">
        <caption class="unseen">{caption}</caption>
        <thead><tr>{table.columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>
          {table.rows.slice(0, ROWS_SHOWN_MAX).map((row, i) => (
            <tr key={i}>{row.map((cell, j) => <td key={j} class={typeof cell === "number" ? "number" : ""}>{typeof cell === "string" ? <bdi>{short(cell, 80)}</bdi> : cell === null ? "–" : String(Number(cell.toPrecision(6)))}</td>)}</tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p class="quiet">{left.toLocaleString("en-GB")} more rows are in the CSV.</p>}
    </div>
  );
}

// One picture with one name: the names that Plot gives to its parts are for nobody to hear.
function describe(svg: SVGElement, label: string): void {
  for (const part of svg.querySelectorAll("[aria-label]")) {
    part.setAttribute("data-part", part.getAttribute("aria-label")!);
    part.removeAttribute("aria-label");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", forTitle(label));
}

// A plot is drawn anew for paper, so that its letters are not made smaller with it.
const PAPER_SHARE = 680 / 964;

export function whilePrinting(before: () => void, after: () => void): () => void {
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
  };
}

interface FigureProps {
  label: string; // what it shows, for those who cannot see it
  draw: (width: number) => SVGElement | HTMLElement;
  table: Table;
  of: readonly unknown[]; // draws again when one of these changes
  width?: number; // the largest
}

// A plot with what stands behind it. It is as wide as there is room.
export function Figure({ label, draw, table, of, width: widest = 964 }: FigureProps) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const measure = () => setWidth(Math.min(widest, Math.floor(element.clientWidth)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [widest]);

  useEffect(() => {
    if (width < 40 || !host.current) return;
    const element = host.current;
    const show = (at: number) => {
      const drawn = draw(at);
      const svg = drawn instanceof SVGElement ? drawn : drawn.querySelector("svg");
      if (svg) describe(svg as SVGElement, label);
      element.replaceChildren(drawn);
    };
    show(width);
    return whilePrinting(() => show(Math.min(width, widest * PAPER_SHARE)), () => show(width));
  }, [width, label, ...of]);

  return (
    <figure>
      <div class="canvas" ref={host} />
      <figcaption class="tools">
        <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
          <summary>Table</summary>
          {open && <DataTable table={table} caption={label} />}
        </details>
        <CopyButton label="Copy SVG" text={() => { const svg = host.current?.querySelector("svg"); return svg ? svgOf(svg) : null; }} />
        <CopyButton label="Copy CSV" text={() => csvOf(table)} />
      </figcaption>
    </figure>
  );
}

export function Choice<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: readonly { value: T; text: string }[]; onChange: (value: T) => void }) {
  const id = useId();
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.text}</option>)}
      </select>
    </div>
  );
}

export function Facts({ rows }: { rows: [string, string | null][] }) {
  return <dl class="facts">{rows.filter((row) => row[1] !== null).map(([name, value]) => <div key={name}><dt>{name}</dt><dd><bdi>{value}</bdi></dd></div>)}</dl>;
}

// What stands above every page: where one is, and light or dark.
export function Top({ what, parts }: { what: string; parts: readonly (readonly [string, string])[] }) {
  return (
    <header class="top">
      <span class="brand">Plimsoll</span>
      <nav aria-label={`Parts of the ${what}`}>{parts.map(([id, name]) => <a key={id} href={`#${id}`}>{name}</a>)}</nav>
      <Theme />
    </header>
  );
}

function Theme() {
  const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const [theme, setTheme] = useState<"dark" | "light">(dark() ? "dark" : "light");
  const turn = () => {
    const next = theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    setTheme(next);
  };
  return <button type="button" class="plain" onClick={turn}>{theme === "dark" ? "Light" : "Dark"}</button>;
}

// On paper nobody can open what is folded: definitions, columns, the line.
export function unfoldForPaper(selector: string): () => void {
  let opened: HTMLDetailsElement[] = [];
  return whilePrinting(
    () => {
      opened = [...document.querySelectorAll<HTMLDetailsElement>(selector)].filter((one) => !one.open);
      for (const one of opened) one.open = true;
    },
    () => {
      for (const one of opened) one.open = false;
    },
  );
}
