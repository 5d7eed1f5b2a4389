"""How the model server reads a request: its texts and tokens, the tools that it calls and the JSON that it asks for."""

import json
import re


def words_of(text):
    return text.split()


def tokens_of(text):
    """As many as there are words; the blanks belong to the words after them."""
    return re.findall(r"\s*\S+|\s+$", text)


def text_of(content):
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def text_of_item(item):
    """The text of one of several inputs: a string, a message, or tokens as numbers."""
    if isinstance(item, dict):
        return text_of(item.get("content"))
    return " ".join(str(token) for token in item) if isinstance(item, list) else str(item)


def texts_of_input(value):
    """The texts of an input, which is one or several; a list of numbers is one."""
    if not isinstance(value, list) or all(isinstance(item, int) for item in value):
        return [text_of_item(value)]
    return [text_of_item(item) for item in value]


def prompt_of(body):
    """What decides the answer: the last message, the prompt or the last input."""
    if body.get("messages"):
        return text_of(body["messages"][-1].get("content"))
    if "input" in body:
        return texts_of_input(body["input"])[-1]
    return body.get("prompt") or ""


def all_text_of(body):
    if "messages" in body:
        return " ".join(text_of(message.get("content")) for message in body["messages"])
    return " ".join(texts_of_input(body.get("prompt", body.get("input", ""))))


class Said(str):
    """A text, and the tools that are called with it."""

    tool_calls = None


def tool_names(body):
    """Of chat: {"type", "function": {"name"}}; of responses: {"type", "name"}."""
    return [tool.get("name") or tool.get(tool["type"], {}).get("name") for tool in body.get("tools") or []]


def called_tools(body, prompt):
    """The names of the tools that this request makes the model call, in their order in it."""
    choice, names = body.get("tool_choice", "auto"), tool_names(body)
    if isinstance(choice, dict):
        return [choice.get("name") or choice.get(choice["type"], {}).get("name")]
    called = [] if choice == "none" else [name for name in words_of(prompt) if name in names]
    if choice == "required" and not called:
        called = names[:1]
    return called[:1] if body.get("parallel_tool_calls") is False else called


def instance_of(schema, prompt):
    """A value that a simple schema allows; its texts are the prompt."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: instance_of(part, prompt) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance_of(schema.get("items", {}), prompt)]
    return {"integer": 1, "number": 0.5, "boolean": True, "null": None}.get(kind, prompt)


def shaped(body, prompt):
    """The answer to a request for JSON, else None."""
    wanted = body.get("response_format") or (body.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        schema = wanted.get("json_schema", wanted)["schema"]
        return json.dumps(instance_of(schema, prompt), ensure_ascii=False)
    return json.dumps({"said": prompt}, ensure_ascii=False) if wanted.get("type") == "json_object" else None
