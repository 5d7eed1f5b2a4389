// OpenAI's and OpenFeature's clients for JavaScript, driven by tests in Python: an order in JSON on each line of
// standard input, {"id", "do", …}, and for each one line of standard output with what the client gave, {"id", "ok"},
// or threw, {"id", "error"}.
import { createInterface } from "node:readline";

import { OFREPApi } from "@openfeature/ofrep-core";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const Place = z.object({ city: z.string(), people: z.number().int() });
const said = (text) => [{ role: "user", content: text }];

function clientOf(order) {
  return new OpenAI({ baseURL: order.base, apiKey: order.key ?? "none", maxRetries: order.retries ?? 0, timeout: order.timeout ?? 20_000 });
}

async function chat(order) {
  const { data, response } = await clientOf(order).chat.completions.create(order.request).withResponse();
  return { data, requestId: data._request_id, decision: response.headers.get("x-plimsoll-decision") };
}

async function stream(order) {
  const chunks = [];
  for await (const chunk of await clientOf(order).chat.completions.create({ ...order.request, stream: true })) chunks.push(chunk);
  return chunks;
}

// What the client itself makes of the pieces: one message.
async function streamWhole(order) {
  const runner = clientOf(order).chat.completions.stream(order.request);
  return { message: await runner.finalMessage(), usage: await runner.totalUsage() };
}

// Several streams at the same time, each with calls of tools whose arguments come in turns. (The client's own
// `stream()` takes a call as whole when the next one speaks, whoever serves it.)
async function streamsAtOnce(order) {
  const tools = order.tools.map((name) => ({ type: "function", function: { name, parameters: { type: "object" } } }));
  const client = clientOf(order);
  const one = async (text) => {
    const calls = [];
    const request = { model: order.model, messages: said(text), tools, stream: true };
    for await (const chunk of await client.chat.completions.create(request))
      for (const { index, id, function: piece } of chunk.choices[0]?.delta.tool_calls ?? []) {
        calls[index] ??= { id, name: piece.name, arguments: "" };
        calls[index].arguments += piece.arguments ?? "";
      }
    return calls.map((call) => [call.id, call.name, JSON.parse(call.arguments)]);
  };
  return Promise.all(order.texts.map(one));
}

async function parse(order) {
  const client = clientOf(order);
  const request = { model: order.model, messages: said(order.text), response_format: zodResponseFormat(Place, "place") };
  const whole = await client.chat.completions.parse(request);
  const streamed = await client.chat.completions.stream(request).finalMessage();
  return { whole: whole.choices[0].message.parsed, streamed: streamed.parsed };
}

// Leaves after the first piece of a stream, or after so many milliseconds without one.
async function abort(order) {
  const controller = new AbortController();
  if (order.after !== undefined) setTimeout(() => controller.abort(), order.after);
  const options = { signal: controller.signal };
  const reply = await clientOf(order).chat.completions.create(order.request, options);
  let pieces = 0;
  for await (const _ of reply) {
    pieces += 1;
    controller.abort();
  }
  return { pieces };
}

async function embed(order) {
  return (await clientOf(order).embeddings.create(order.request)).data.map((one) => one.embedding);
}

async function models(order) {
  const ids = [];
  for await (const model of clientOf(order).models.list()) ids.push(model.id);
  return { ids, one: (await clientOf(order).models.retrieve(order.model)).id };
}

async function retrieve(order) {
  return clientOf(order).models.retrieve(order.model);
}

async function complete(order) {
  return clientOf(order).completions.create(order.request);
}

async function respond(order) {
  const client = clientOf(order);
  const whole = await client.responses.create(order.request);
  const kinds = [];
  for await (const event of await client.responses.create({ ...order.request, stream: true })) kinds.push(event.type);
  return { text: whole.output_text, usage: whole.usage, kinds };
}

const connected = new Map();

// OpenFeature's own client of one gateway, for as long as this program runs.
async function featureClient(order) {
  if (!connected.has(order.base)) {
    const headers = order.key ? { Authorization: `Bearer ${order.key}` } : {};
    await OpenFeature.setProviderAndWait(order.base, new OFREPProvider({ baseUrl: order.base, headers }));
    connected.set(order.base, OpenFeature.getClient(order.base));
  }
  return connected.get(order.base);
}

async function evaluate(order) {
  const client = await featureClient(order);
  const asked = { boolean: "getBooleanDetails", string: "getStringDetails", number: "getNumberDetails", object: "getObjectDetails" };
  return client[asked[order.type]](order.flag, order.fallback, order.context ?? {});
}

// All flags, as a provider that polls asks for them: with the ETag of the last answer.
async function poll(order) {
  const headers = order.etag ? { "If-None-Match": order.etag } : {};
  const result = await new OFREPApi(order.base).postBulkEvaluateFlags({ context: order.context ?? {} }, { headers });
  return { status: result.httpStatus, etag: result.httpResponse.headers.get("etag"), flags: result.value?.flags };
}

const ORDERS = { chat, stream, streamWhole, streamsAtOnce, parse, abort, embed, models, retrieve, complete, respond, evaluate, poll };

function told(error) {
  const { name, message, status, code, param, type, requestID } = error;
  const kind = error.constructor.name;
  return { kind, name, message, status, code, param, type, requestId: requestID, retry: error.headers?.get?.("x-should-retry") };
}

async function obey(line) {
  const order = JSON.parse(line);
  const answer = { id: order.id };
  try {
    answer.ok = (await ORDERS[order.do](order)) ?? null;
  } catch (error) {
    answer.error = told(error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

createInterface({ input: process.stdin }).on("line", obey);
