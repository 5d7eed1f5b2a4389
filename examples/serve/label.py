"""Asks both models 4,000 questions like those of requests.jsonl, and writes what `plimsoll route fit` learns from: a row
for each request at each tier, with the signal, whether the answer was right, and what it cost.

    python3 examples/serve/label.py > labelled.jsonl        # takes the addresses of other servers, small and large
    plimsoll route fit examples/serve/plimsoll.yaml labelled.jsonl --quality 90% -o route.fit.json

The models of model_server.py must be running. Signal and prices are those of the line."""

import json
import math
import random
import sys
import urllib.request

import generate

ADDRESSES = ("http://127.0.0.1:8801/v1", "http://127.0.0.1:8802/v1")
# Of each tier, its prices of a million tokens asked and answered.
PRICES = {"small": (0.10, 0.40), "large": (2.50, 10.00)}
TIMEOUT_SECONDS = 20
COUNT = 4000
SEED = 1


def ask(address, model, question):
    body = {"model": model, "messages": [{"role": "user", "content": question}], "logprobs": True}
    request = urllib.request.Request(f"{address}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        return json.load(answer)


def row_of(request, model, address):
    input_price, output_price = PRICES[model]
    answer = ask(address, model, request["question"])
    choice, usage = answer["choices"][0], answer["usage"]
    cost = (usage["prompt_tokens"] * input_price + usage["completion_tokens"] * output_price) / 1e6
    return {
        "id": request["id"],
        "model": model,
        "signal": math.exp(min(token["logprob"] for token in choice["logprobs"]["content"])),
        "right": int(f" {request['expected']} EUR" in choice["message"]["content"]),
        "cost": cost,
    }


def main():
    addresses = sys.argv[1:] or ADDRESSES
    rng = random.Random(SEED)
    for number in range(1, COUNT + 1):
        request = generate.request_of(rng, number)
        for model, address in zip(PRICES, addresses, strict=True):
            json.dump(row_of(request, model, address), sys.stdout)
            print()


if __name__ == "__main__":
    main()
