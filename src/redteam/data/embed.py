"""Writes the tables of the adversarial suite as one C file: embed.py OUT SETTINGS GOALS WRAPPERS SAFE.

What can be wrong in a row is found here, when the program is built, and not when a model is tested.
"""

import json
import pathlib
import re
import sys
import tomllib

LANGUAGES = ["en", "de", "fr", "es", "hi", "ar", "zh"]
CHECKS = ["canary", "secret", "tool", "markup", "length"]
MARKUPS = ["address", "script", "handler", "script_address", "formula"]
CHANNELS = ["direct", "indirect"]
ROLES = ["system", "user", "assistant", "tool"]
VALUES = set(
    "word_a word_b code key letters marker person phone email birth card id number first second sum host"
    " question payload part_1 part_2 part_3".split()
)
NEEDLES_MAX = 4
TURNS_MAX = 12
TEXT_BYTES_MAX = 4000  # within what a compiler must take as one literal
PLACEHOLDER = re.compile(r"\{([a-z][a-z_0-9]*)\}")


def demand(condition, row, message):
    if not condition:
        sys.exit(f"{row.get('name', row)}: {message}")


def check_keys(row, known, needed):
    demand(set(row) <= set(known), row, f"unknown keys {sorted(set(row) - set(known))}")
    demand(set(needed) <= set(row), row, f"missing keys {sorted(set(needed) - set(row))}")
    demand(re.fullmatch(r"[a-z][a-z_0-9]*", row["name"]), row, "a name is of a-z, 0-9 and _")


def check_text(row, text):
    unknown = set(PLACEHOLDER.findall(text)) - VALUES
    demand(not unknown, row, f"unknown values {sorted(unknown)}")
    demand(len(text.encode()) <= TEXT_BYTES_MAX, row, "a text is too long")


def unique(rows):
    names = [row["name"] for row in rows]
    for row in rows:
        demand(names.count(row["name"]) == 1, row, "there are two of this name")
    return names


def literal(text):
    """A C literal; all but plain ASCII as octal escapes, which end after three digits."""
    if text is None:
        return "NULL"
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "?": "\\?"}
    body = "".join(
        escapes.get(chr(byte), chr(byte)) if byte == 10 or 32 <= byte < 127 else f"\\{byte:03o}"
        for byte in text.encode()
    )
    return f'"{body}"'


def texts(values):
    return "{" + ", ".join(literal(value) for value in values) + "}" if values else "{NULL}"


def tools(row):
    for tool in row.get("tools", []):
        json.loads(tool)
    return ",".join(row.get("tools", []))


def setting(row):
    check_keys(row, "name role rules question tools".split(), "name role rules question".split())
    for key in ("role", "rules", "question"):
        check_text(row, row[key])
        demand(row[key].isascii(), row, f"{key} is not ASCII")
    fields = [row["name"], row["role"], row["rules"], row["question"], tools(row)]
    return "{" + ", ".join(literal(field) for field in fields) + "}"


def check_needles(row, settings):
    needles = row.get("needles", [])
    rules = settings[row["setting"]]["rules"]
    demand(len(needles) <= NEEDLES_MAX, row, "too many needles")
    demand(needles or row["check"] not in ("canary", "secret"), row, "nothing to look for")
    for needle in needles:
        check_text(row, needle)
        if row["check"] == "secret":
            demand(needle in rules, row, f"{needle} is not planted in the rules")
        if row["check"] in ("canary", "secret"):
            demand(needle not in row["instruction"], row, f"{needle} stands in the instruction")


def goal(row, settings):
    known = "name owasp setting check markup tool needles characters_max instruction translations".split()
    check_keys(row, known, "name owasp setting check instruction".split())
    demand(re.fullmatch(r"LLM(0[1-9]|10)", row["owasp"]), row, "owasp is LLM01 to LLM10")
    demand(row["check"] in CHECKS, row, "unknown check")
    demand(row["setting"] in settings, row, "unknown setting")
    demand(row["instruction"].isascii(), row, "the instruction is not ASCII")
    demand((row["check"] == "tool") == ("tool" in row), row, "a tool belongs to check = tool")
    demand((row["check"] == "markup") == ("markup" in row), row, "markup belongs to check = markup")
    demand((row["check"] == "length") == ("characters_max" in row), row, "a length has characters_max")
    if "tool" in row:
        demand(f'"name":"{row["tool"]}"' in tools(settings[row["setting"]]), row, "no such tool there")
    check_needles(row, settings)
    translations = row.get("translations", {})
    demand(set(translations) in (set(), set(LANGUAGES[1:])), row, "a translation is missing")
    for text in [row["instruction"], *translations.values()]:
        check_text(row, text)
    languages = [row["instruction"]] + [translations.get(name) for name in LANGUAGES[1:]]
    markup = MARKUPS.index(row["markup"]) if "markup" in row else 0
    return (
        f"{{{literal(row['name'])}, {int(row['owasp'][3:])}, {list(settings).index(row['setting'])}, "
        f"{CHECKS.index(row['check']) + 1}, {markup}, {row.get('characters_max', 0)}, "
        f"{literal(row.get('tool'))}, {texts(row.get('needles'))}, {texts(languages)}}}"
    )


def turns(row, short, long):
    """The turns of a wrapper: one text of the user, or a list."""
    demand(not (short in row and long in row), row, f"either {short} or {long}")
    listed = [{"role": "user", "content": row[short]}] if short in row else row.get(long, [])
    demand(len(listed) < TURNS_MAX, row, "too many turns")
    for turn in listed:
        demand(set(turn) <= {"role", "content", "tool_calls", "tool_call_id"}, row, "unknown key of a turn")
        demand(turn["role"] in ROLES, row, "unknown role")
        check_text(row, turn["content"])
        json.loads(turn.get("tool_calls", "[]"))
    rows = [
        f"{{{ROLES.index(turn['role'])}, {literal(turn['content'])}, "
        f"{literal(turn.get('tool_calls'))}, {literal(turn.get('tool_call_id'))}}}"
        for turn in listed
    ]
    return len(rows), "{" + (", ".join(rows) or "{0, NULL, NULL, NULL}") + "}"


def wrapper(row):
    check_keys(row, "name channel user turn safe safe_turn tools".split(), "name channel".split())
    demand(row["channel"] in CHANNELS, row, "unknown channel")
    count, attack = turns(row, "user", "turn")
    safe_count, safe = turns(row, "safe", "safe_turn")
    whole = json.dumps(row)
    demand(count > 0 and ("{payload}" in whole or "{part_3}" in whole), row, "no place for the payload")
    channel = CHANNELS.index(row["channel"])
    return (
        f"{{{literal(row['name'])}, {channel}, {literal(tools(row))}, {count}, {safe_count}, {attack}, {safe}}}"
    )


def safe_prompts(kinds):
    for kind in kinds:
        check_keys(kind, "name language prompts".split(), "name language prompts".split())
        language = LANGUAGES.index(kind["language"])
        for number, prompt in enumerate(kind["prompts"], 1):
            yield f"{{{literal(kind['name'])}, {language}, {number}, {literal(prompt)}}}"


def array(type_name, name, rows):
    body = ",\n".join(f"    {row}" for row in rows)
    return (
        f"const struct {type_name} {name}[] = {{\n{body},\n}};\n"
        f"const size_t {name}_COUNT = sizeof {name} / sizeof *{name};\n"
    )


def main(out, *paths):
    settings, goals, wrappers, safe = (
        tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths
    )
    for rows in (settings["setting"], goals["goal"], wrappers["wrapper"], safe["kind"]):
        unique(rows)
    by_name = {row["name"]: row for row in settings["setting"]}
    prompts = [prompt for kind in safe["kind"] for prompt in kind["prompts"]]
    prompts += safe["requests"]["prompts"]
    demand(len(set(prompts)) == len(prompts), {"name": "safe"}, "there are two of the same text")
    requests = [literal(prompt) for prompt in safe["requests"]["prompts"]]
    parts = [
        '#include "redteam/tables.h"\n',
        array("pl_redteam_setting", "PL_REDTEAM_SETTINGS", [setting(x) for x in settings["setting"]]),
        array("pl_redteam_goal", "PL_REDTEAM_GOALS", [goal(x, by_name) for x in goals["goal"]]),
        array("pl_redteam_wrapper", "PL_REDTEAM_WRAPPERS", [wrapper(x) for x in wrappers["wrapper"]]),
        array("pl_redteam_safe", "PL_REDTEAM_SAFE_PROMPTS", safe_prompts(safe["kind"])),
        array("pl_redteam_request", "PL_REDTEAM_REQUESTS", ["{" + x + "}" for x in requests]),
    ]
    pathlib.Path(out).write_text("\n".join(parts), encoding="utf-8")


main(*sys.argv[1:])
