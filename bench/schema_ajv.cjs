// The same as schema_bench.c with ajv: schema_ajv.cjs FILE SECONDS. The texts are strings already, so the
// decoding of bytes, which a real program pays for, is not in the figures. multipleOfPrecision, for without
// it ajv finds 0.29 to be no multiple of 0.01.
const fs = require("fs");
const Ajv = require("ajv/dist/2020");

const [file, seconds] = process.argv.slice(2);
const lines = fs.readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
const documents = lines.slice(1);
const validate = new Ajv({ strict: false, validateFormats: false, multipleOfPrecision: 9 }).compile(JSON.parse(lines[0]));

function measure(check) {
  const start = process.hrtime.bigint();
  let best = Infinity;
  let valid = 0;
  while (Number(process.hrtime.bigint() - start) < Number(seconds) * 1e9) {
    const before = process.hrtime.bigint();
    valid = 0;
    for (const text of documents) valid += check(JSON.parse(text)) ? 1 : 0;
    best = Math.min(best, Number(process.hrtime.bigint() - before));
  }
  return [best / documents.length, valid];
}

const [ns, valid] = measure(validate);
const [reading] = measure(() => false);
console.log(JSON.stringify({ documents: documents.length, valid, ns, ns_reading: reading }));
