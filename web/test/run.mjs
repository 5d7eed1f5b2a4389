// Bundles the parts that need no browser, and runs the tests beside this file on them.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const PARTS = ["cells", "copy", "limits", "measures", "rates", "text"];
const tests = readdirSync("test").filter((name) => name.endsWith(".test.mjs")).map((name) => `test/${name}`);

await build({
  stdin: { contents: PARTS.map((name) => `export * from "./src/${name}";`).join("\n"), resolveDir: ".", loader: "ts" },
  outfile: "dist/test/all.mjs",
  bundle: true,
  format: "esm",
  logLevel: "warning",
});
process.exitCode = spawnSync(process.execPath, ["--test", "--test-reporter=tap", ...tests], { stdio: "inherit" }).status ?? 1;
