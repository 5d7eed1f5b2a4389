// Random regular expressions with random texts, and what the RegExp of Node says of them with the u flag, in
// the form of the official test suite: patterns.cjs OUT. Seeded.
const fs = require("fs");

const GROUPS = 400;
const TEXTS = 6;
let state = 20240601;

function random() {
  state = (state * 1103515245 + 12345) % 2147483648;
  return state / 2147483648;
}
const pick = (list) => list[Math.floor(random() * list.length)];

const ATOMS = [
  "a", "b", "\u00e9", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", ".", "[a-c]", "[^a]", "[\\d\\s]", "[^\\w]", "[\\S]",
  "[\\D]", "[^\\D]", "[^\\S]", "\\u00e9", "\\u{1F432}", "\\p{L}", "\\P{Lu}", "\\p{Script=Greek}", "[\\p{Ll}-]",
  "\\b", "\\B", "^", "$", "\\/", "\\.", "\\x41", "[]", "[^]", "\\0", "\\t", "\\cA", "[\\b]", "[[]", "[a\\-z]", "\\1",
  "(?<n>a)\\k<n>", "\\{", "a{2}", "a{1,}", "\\ud83d\\udc32", "[&&~~]", "(?:x|)", "\\$", "[$^]",
];
const CHARACTERS = [
  "a", "b", "\u00e9", "A", "1", " ", "\n", "\u00a0", "\u2028", "\u{1F432}", "\u03c0", "x", "-", "_", ".", "]", "{",
  "\\", "\b", "\u0001", "&", "z", "\ufeff", "\u0663", "\u00c9",
];
const GROUP_HEADS = ["(", "(?:", "(?=", "(?!", "(?<=", "(?<!"];
const QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "*?", "+?"];

function group(depth) {
  const head = pick(GROUP_HEADS);
  // Look-behinds of one length only: PCRE2 has no others.
  const body = head.startsWith("(?<") ? pick(["a", "\\d", "[a-c]", "ab"]) : pattern(depth - 1);
  return [head + body + ")", head === "(" || head === "(?:"];
}

function pattern(depth) {
  let text = "";
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const [part, repeats] = depth > 0 && random() < 0.3 ? group(depth) : [pick(ATOMS), true];
    text += part + (repeats && random() < 0.25 ? pick(QUANTIFIERS) : "");
  }
  return random() < 0.2 ? text + "|" + pick(ATOMS) : text;
}

function expression() {
  for (;;) {
    const text = pattern(2);
    try {
      return new RegExp(text, "u");
    } catch {
      // Not one after all; another.
    }
  }
}

const groups = [];
for (let i = 0; i < GROUPS; i++) {
  const found = expression();
  const tests = [];
  for (let j = 0; j < TEXTS; j++) {
    const data = Array.from({ length: Math.floor(random() * 6) }, () => pick(CHARACTERS)).join("");
    tests.push({ description: String(j), data, valid: found.test(data) });
  }
  groups.push(JSON.stringify({ description: found.source, schema: { pattern: found.source }, tests }));
}
const ascii = (text) => text.replace(/[^\x20-\x7e]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
fs.writeFileSync(process.argv[2], "[\n" + groups.map(ascii).join(",\n") + "\n]\n");
