/* The words of models and of live traffic that may stand in the line, each with its value and its
   meaning; words.c has the others. */
#include "line/keys.h"
#include "line/serving_rows.h"

#define WORDS(rows)                                                                                \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof *(rows)                                                      \
    }

static const struct pl_word MODEL_APIS[] = {
    {"chat", PL_MODEL_CHAT, "`/chat/completions`: messages"},
    {"completions", PL_MODEL_COMPLETIONS,
     "`/completions`: one text, the messages one after the other"},
    {"embeddings", PL_MODEL_EMBEDDINGS, "`/embeddings`: texts in, vectors out"},
    {"responses", PL_MODEL_RESPONSES, "`/responses`: passed on as it is"},
    {"decide", PL_MODEL_DECIDE, "the endpoint itself, as it is: JSON in, JSON out"},
};
const struct pl_words PL_WORDS_MODEL_API = WORDS(MODEL_APIS);

static const struct pl_word CAN[] = {
    {"logprobs", PL_CAN_LOGPROBS, "log-probabilities of the tokens it answers"},
    {"top_logprobs", PL_CAN_TOP_LOGPROBS, "and those of the likeliest others at each place"},
    {"tools", PL_CAN_TOOLS, "calls of tools"},
    {"json_schema", PL_CAN_JSON_SCHEMA, "answers that keep to a JSON Schema"},
    {"stream_usage", PL_CAN_STREAM_USAGE, "the tokens used at the end of a stream"},
    {"seed", PL_CAN_SEED, "the same answer for the same seed"},
    {"embeddings", PL_CAN_EMBEDDINGS, "embeddings"},
    {"images", PL_CAN_IMAGES, "images in messages"},
};
const struct pl_words PL_WORDS_MODEL_CAN = WORDS(CAN);

static const struct pl_word CONFIDENCE_FROM[] = {
    {"logprobs", PL_CONFIDENCE_LOGPROBS, "the log-probabilities of the answer's tokens"},
    {"field", PL_CONFIDENCE_FIELD, "a field of an answer in JSON: the number at `path`"},
    {"samples", PL_CONFIDENCE_SAMPLES, "how many of several answers agree"},
    {"verifier", PL_CONFIDENCE_VERIFIER, "another model, asked whether the answer is right"},
};
const struct pl_words PL_WORDS_CONFIDENCE_FROM = WORDS(CONFIDENCE_FROM);

static const struct pl_word SIGNALS[] = {
    {"mean", PL_SIGNAL_MEAN, "the geometric mean of the tokens' probabilities"},
    {"minimum", PL_SIGNAL_MINIMUM, "the probability of the least likely token"},
    {"margin", PL_SIGNAL_MARGIN,
     "how far the first choice lies before the second; needs `top_logprobs`"},
};
const struct pl_words PL_WORDS_CONFIDENCE_SIGNAL = WORDS(SIGNALS);

static const struct pl_word FILTERS[] = {
    {"size", PL_GUARD_SIZE, "text longer than `max`"},
    {"json", PL_GUARD_JSON, "text that should be JSON and is not"},
    {"deny", PL_GUARD_DENY, "text in which `pattern` is found"},
};
const struct pl_words PL_WORDS_GUARD_FILTER = WORDS(FILTERS);

static const struct pl_word ACTS[] = {
    {"block", PL_GUARD_BLOCK, "the request is refused, or the answer not delivered"},
    {"mask", PL_GUARD_MASK, "what was found is replaced by `***`; `deny` only"},
    {"retry", PL_GUARD_RETRY, "another answer is asked for; of `output` only"},
    {"note", PL_GUARD_NOTE, "it is recorded, and nothing else happens"},
};
const struct pl_words PL_WORDS_GUARD_DO = WORDS(ACTS);

static const struct pl_word KEYS[] = {
    {"required", PL_KEYS_REQUIRED, "a request without a key is refused"},
    {"none", PL_KEYS_NONE, "anybody who reaches the address may ask; on loopback only"},
};
const struct pl_words PL_WORDS_KEYS = WORDS(KEYS);

static const struct pl_word UNLOGGED[] = {
    {"refuse", PL_UNLOGGED_REFUSE, "requests are refused: nothing goes out unrecorded"},
    {"serve", PL_UNLOGGED_SERVE, "requests are answered; how many went unrecorded is counted"},
};
const struct pl_words PL_WORDS_UNLOGGED = WORDS(UNLOGGED);

static const struct pl_word PAYLOADS[] = {
    {"none", PL_PAYLOADS_NONE, "nothing of what was asked and answered"},
    {"hash", PL_PAYLOADS_HASH, "hashes of what was asked and answered"},
    {"plain", PL_PAYLOADS_PLAIN, "the texts themselves"},
};
const struct pl_words PL_WORDS_PAYLOADS = WORDS(PAYLOADS);
