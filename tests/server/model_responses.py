"""The Responses API of the model server: one object, or its events in their order, each with its type as the
event's name and a rising number. The faults of model_server.py that are about a whole body or a stream's events hold
here as well.
"""

import json

from model_texts import all_text_of, tokens_of, words_of

CREATED = 1700000000


def usage_of(request, text):
    read, written = len(words_of(all_text_of(request.body))), len(tokens_of(text))
    cached = int(request.argument) if request.fault == "cached" else 0
    return {
        "input_tokens": read, "input_tokens_details": {"cached_tokens": cached},
        "output_tokens": written, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }  # fmt: skip


def message_item(text, status="completed"):
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}] if text is not None else []
    return {"type": "message", "id": "msg-test", "status": status, "role": "assistant", "content": content}


def call_items(text):
    return [
        {"type": "function_call", "id": f"fc_{i + 1}", "call_id": call["id"], "status": "completed", **call["function"]}
        for i, call in enumerate(getattr(text, "tool_calls", None) or [])
    ]


def cut(request, text):
    """At most max_output_tokens words, and whether that was too few."""
    most, tokens = request.body.get("max_output_tokens"), tokens_of(text)
    return ("".join(tokens[:most]), True) if most and len(tokens) > most else (text, False)


def response_object(request, status, output=(), **more):
    body = request.body
    return {
        "id": "resp-test", "object": "response", "created_at": CREATED, "status": status,
        "error": None, "incomplete_details": None, "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"), "model": body.get("model", ""), "output": list(output),
        "parallel_tool_calls": body.get("parallel_tool_calls", True), "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None}, "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0), "text": {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"), "tools": body.get("tools", []), "top_p": 1.0,
        "truncation": "disabled", "usage": None, "metadata": body.get("metadata", {}), **more,
    }  # fmt: skip


def finished(request, text):
    text_cut, short = cut(request, text)
    output = call_items(text) or [message_item(text_cut, "incomplete" if short else "completed")]
    more = {"usage": None if request.fault == "no-usage" else usage_of(request, text_cut)}
    if short:
        more["incomplete_details"] = {"reason": "max_output_tokens"}
    return response_object(request, "incomplete" if short else "completed", output, **more)


def message_events(text):
    """The events of one message."""
    place = {"item_id": "msg-test", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    yield "response.output_item.added", {"output_index": 0, "item": message_item(None, "in_progress")}
    yield "response.content_part.added", {**place, "part": part}
    for token in tokens_of(text):
        yield "response.output_text.delta", {**place, "delta": token, "logprobs": []}
    yield "response.output_text.done", {**place, "text": text, "logprobs": []}
    yield "response.content_part.done", {**place, "part": {**part, "text": text}}
    yield "response.output_item.done", {"output_index": 0, "item": message_item(text)}


def call_events(items):
    for i, item in enumerate(items):
        begun = {**item, "status": "in_progress", "arguments": ""}
        yield "response.output_item.added", {"output_index": i, "item": begun}
        place = {"item_id": item["id"], "output_index": i}
        for at in range(0, len(item["arguments"]), 8):
            yield "response.function_call_arguments.delta", {**place, "delta": item["arguments"][at : at + 8]}
        yield "response.function_call_arguments.done", {
            **place, "name": item["name"], "arguments": item["arguments"]}  # fmt: skip
        yield "response.output_item.done", {"output_index": i, "item": item}


def events_of(request, text):
    """All events: (type, what it says besides)."""
    begun = response_object(request, "in_progress")
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    items = call_items(text)
    yield from call_events(items) if items else message_events(cut(request, text)[0])
    last = finished(request, text)
    yield f"response.{last['status']}", {"response": last}


def encoded(kind, said, number):
    data = json.dumps({"type": kind, "sequence_number": number, **said}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def events(request, text):
    listed = [encoded(kind, said, i) for i, (kind, said) in enumerate(events_of(request, text))]
    return listed[:-1] if request.fault == "unfinished" else listed


def error_event(number):
    return encoded("error", {"code": "server_error", "message": "the engine fell over", "param": None}, number)
