// Bundles the report: `node build.mjs` writes dist/report.js and dist/report.css. The same sources give
// the same bytes, for the policy of the page names the bundle by its hash.
import { build } from "esbuild";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";

const SIZE_BYTES_MAX = 600 * 1024;

// Plot puts a <style> into every plot, which the page's policy forbids; its few rules are in report.css.
const PLOT_STYLE = 'svg.append("style")';
const withoutInlineStyle = {
  name: "without-inline-style",
  setup(setup) {
    setup.onLoad({ filter: /@observablehq[\\/]plot[\\/]src[\\/]plot\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(PLOT_STYLE)) throw new Error(`${path} puts its style in otherwise now; look at it again`);
      return { contents: source.replace(PLOT_STYLE, 'svg.append("metadata")'), loader: "js" };
    });
  },
};

// A script inside a page must not hold what would end it.
async function makeHarmless(path) {
  const source = await readFile(path, "utf8");
  await writeFile(path, source.replaceAll(/<(\/script|script|!--)/gi, "\\x3c$1").trimEnd());
}

await mkdir("dist", { recursive: true });
await build({
  entryPoints: { report: "src/main.tsx" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
  plugins: [withoutInlineStyle],
});
for (const name of ["report.js", "report.css"]) {
  const path = `dist/${name}`;
  await makeHarmless(path);
  const { size } = await stat(path);
  if (size > SIZE_BYTES_MAX) throw new Error(`${path} has ${size} bytes, and may have ${SIZE_BYTES_MAX}`);
  console.log(`${path} ${size} bytes`);
}
