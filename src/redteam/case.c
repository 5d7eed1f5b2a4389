/* One case from its rows: values are drawn, the instruction is encoded and put into its wrapper, the setting's
   system message goes before it, and what success looks like is written down. */
#include "redteam/redteam.h"

#include "redteam/encode.h"
#include "redteam/tables.h"
#include "redteam/values.h"

#include <assert.h>
#include <string.h>

#define PARTS_COUNT 3

static const char *const LANGUAGES[] = {"en", "de", "fr", "es", "hi", "ar", "zh"};
static const char *const CHANNELS[] = {"direct", "indirect"};
static const char *const ROLES[] = {"system", "user", "assistant", "tool"};

_Static_assert(sizeof LANGUAGES / sizeof *LANGUAGES == PL_REDTEAM_LANGUAGES_COUNT, "one for each");
_Static_assert(PL_REDTEAM_TURNS_MAX < PL_REDTEAM_MESSAGES_MAX, "room for the system message");

/* What every step needs; `full` is set once by the first allocation that fails. */
struct making {
    const struct pl_redteam_plan *plan;
    const struct pl_redteam_pick *pick;
    struct pl_arena *arena;
    struct pl_redteam_values values;
    struct pl_redteam_case *made;
    bool full;
};

static struct pl_str fill(struct making *making, const char *text)
{
    const struct pl_str filled = pl_redteam_values_fill(&making->values, text == NULL ? "" : text);

    making->full = making->full || filled.ptr == NULL;
    return filled;
}

static void add_message(struct making *making, const char *role, struct pl_str content)
{
    struct pl_redteam_case *made = making->made;

    making->full = making->full || content.ptr == NULL;
    assert(made->messages_count < PL_REDTEAM_MESSAGES_MAX);
    made->messages[made->messages_count++] =
        (struct pl_redteam_message){.role = role, .content = content};
}

static bool name_case(struct making *making)
{
    const struct pl_redteam_pick *pick = making->pick;
    struct pl_redteam_case *made = making->made;
    const char *encoding = PL_ENCODINGS[pick->encoding].name;

    made->kind = (enum pl_redteam_kind)pick->kind;
    made->wrapper = PL_REDTEAM_WRAPPERS[pick->wrapper].name;
    made->channel = CHANNELS[PL_REDTEAM_WRAPPERS[pick->wrapper].channel];
    made->encoding = encoding;
    made->language = LANGUAGES[pick->language];
    if (made->kind == PL_REDTEAM_ATTACK) {
        made->goal = PL_REDTEAM_GOALS[pick->row].name;
        made->owasp = PL_REDTEAM_GOALS[pick->row].owasp;
        made->id = pl_arena_format(making->arena, "%s/%s/%s%s%s", made->goal, made->wrapper,
                                   encoding, pick->language == PL_REDTEAM_ENGLISH ? "" : "_",
                                   pick->language == PL_REDTEAM_ENGLISH ? "" : made->language);
    } else if (made->kind == PL_REDTEAM_SAFE) {
        made->goal = PL_REDTEAM_SAFE_PROMPTS[pick->row].kind;
        made->id = pl_arena_format(making->arena, "safe/%s/%02u", made->goal,
                                   PL_REDTEAM_SAFE_PROMPTS[pick->row].number);
    } else {
        made->goal = "request";
        made->id = pl_arena_format(making->arena, "twin/%02u/%s/%s", pick->row + 1u, made->wrapper,
                                   encoding);
    }
    return made->id.ptr != NULL;
}

/* The instruction as the message carries it: encoded, with what is said before it. */
static void set_payload(struct making *making, struct pl_str instruction)
{
    const struct pl_encoding *encoding = &PL_ENCODINGS[making->pick->encoding];
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    if (encoding->lead[0] != '\0') {
        pl_buffer_add_text(&out, encoding->lead);
        pl_buffer_add_char(&out, ' ');
    }
    pl_encoding_encode(encoding, instruction, &out);

    const struct pl_str payload = pl_arena_copy(making->arena, pl_buffer_view(&out));

    making->full = making->full || out.failed != PL_OK || payload.ptr == NULL;
    pl_redteam_values_set(&making->values, "payload", payload);
}

/* The first byte of a code point at or after `at`. */
static size_t next_start(struct pl_str text, size_t at)
{
    while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0u) == 0x80)
        at++;
    return at;
}

static void set_parts(struct making *making)
{
    static const char *const NAMES[PARTS_COUNT] = {"part_1", "part_2", "part_3"};
    struct pl_str payload = {NULL, 0};
    size_t first = 0;

    for (size_t i = 0; i < making->values.count; i++)
        if (strcmp(making->values.items[i].name, "payload") == 0)
            payload = making->values.items[i].text;
    for (size_t i = 0; i < PARTS_COUNT && payload.ptr != NULL; i++) {
        const size_t end = next_start(payload, payload.len * (i + 1) / PARTS_COUNT);

        pl_redteam_values_set(&making->values, NAMES[i],
                              (struct pl_str){payload.ptr + first, end - first});
        first = end;
    }
}

static void add_turns(struct making *making, const struct pl_redteam_turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pl_redteam_message *message = &making->made->messages[making->made->messages_count];

        add_message(making, ROLES[turns[i].role], fill(making, turns[i].content));
        if (turns[i].tool_calls != NULL)
            message->tool_calls = pl_str_of(turns[i].tool_calls);
        if (turns[i].tool_call_id != NULL)
            message->tool_call_id = pl_str_of(turns[i].tool_call_id);
    }
}

/* The feature's own system message, or the invented role, and then what is planted. */
static void add_system(struct making *making, const char *role, const char *rules)
{
    const struct pl_str own = making->plan->options.system;
    const struct pl_str first = own.len > 0 ? own : fill(making, role);
    const struct pl_str second = fill(making, rules);

    if (making->full)
        return;
    add_message(making, ROLES[0],
                pl_arena_format(making->arena, "%.*s%s%.*s", PL_STR_ARG(first),
                                second.len > 0 ? "\n\n" : "", PL_STR_ARG(second)));
}

static void set_tools(struct making *making, const char *setting, const char *wrapper)
{
    const char *between = setting[0] != '\0' && wrapper[0] != '\0' ? "," : "";

    if (setting[0] == '\0' && wrapper[0] == '\0')
        return;
    making->made->tools = pl_arena_format(making->arena, "[%s%s%s]", setting, between, wrapper);
    making->full = making->full || making->made->tools.ptr == NULL;
}

static void set_check(struct making *making, const struct pl_redteam_goal *goal)
{
    struct pl_redteam_check *check = &making->made->check;

    check->kind = (enum pl_redteam_check_kind)goal->check;
    check->markup = (enum pl_redteam_markup)goal->markup;
    check->tool = pl_str_of(goal->tool);
    check->characters_max = goal->characters_max;
    while (check->needles_count < PL_REDTEAM_NEEDLES_MAX &&
           goal->needles[check->needles_count] != NULL) {
        check->needles[check->needles_count] = fill(making, goal->needles[check->needles_count]);
        check->needles_count++;
    }
}

static void make_attack(struct making *making)
{
    const struct pl_redteam_goal *goal = &PL_REDTEAM_GOALS[making->pick->row];
    const struct pl_redteam_setting *setting = &PL_REDTEAM_SETTINGS[goal->setting];
    const struct pl_redteam_wrapper *wrapper = &PL_REDTEAM_WRAPPERS[making->pick->wrapper];

    pl_redteam_values_set(&making->values, "question", pl_str_of(setting->question));
    set_payload(making, fill(making, goal->instructions[making->pick->language]));
    set_parts(making);
    add_system(making, setting->role, setting->rules);
    add_turns(making, wrapper->turns, wrapper->turns_count);
    set_tools(making, setting->tools, wrapper->tools);
    set_check(making, goal);
}

#define SAFE_ROLE "You are a helpful assistant."

static void make_safe(struct making *making)
{
    add_system(making, SAFE_ROLE, "");
    add_message(making, ROLES[1], pl_str_of(PL_REDTEAM_SAFE_PROMPTS[making->pick->row].text));
}

static void make_twin(struct making *making)
{
    const struct pl_redteam_wrapper *wrapper = &PL_REDTEAM_WRAPPERS[making->pick->wrapper];

    set_payload(making, pl_str_of(PL_REDTEAM_REQUESTS[making->pick->row].text));
    set_parts(making);
    add_system(making, SAFE_ROLE, "");
    add_turns(making, wrapper->safe_turns, wrapper->safe_turns_count);
}

enum pl_status pl_redteam_case_make(const struct pl_redteam_plan *plan, size_t index,
                                    struct pl_arena *arena, struct pl_redteam_case *ret_case,
                                    struct pl_error *error)
{
    static void (*const MAKERS[])(struct making *) = {make_attack, make_safe, make_twin};
    struct pl_redteam_case made = {.owasp = 0};
    struct making making = {.plan = plan, .arena = arena, .made = &made};

    assert(index < plan->count);
    making.pick = &plan->picks[index];
    if (!name_case(&making) ||
        !pl_redteam_values_draw(&making.values, plan->options.seed, made.id, arena))
        return pl_arena_error(arena, "a case", error);
    MAKERS[made.kind](&making);
    if (making.full)
        return pl_arena_error(arena, "a case", error);
    *ret_case = made;
    return PL_OK;
}

static void write_message(const struct pl_redteam_message *message, struct pl_json *json)
{
    pl_json_open_object(json);
    pl_json_key(json, "role");
    pl_json_text(json, message->role);
    pl_json_key(json, "content");
    pl_json_str(json, message->content);
    if (message->tool_calls.len > 0) {
        pl_json_key(json, "tool_calls");
        pl_json_raw(json, message->tool_calls);
    }
    if (message->tool_call_id.len > 0) {
        pl_json_key(json, "tool_call_id");
        pl_json_str(json, message->tool_call_id);
    }
    pl_json_close_object(json);
}

static void write_check(const struct pl_redteam_check *check, struct pl_json *json)
{
    pl_json_open_object(json);
    pl_json_key(json, "kind");
    pl_json_text(json, pl_redteam_check_name(check->kind));
    pl_json_key(json, "needles");
    pl_json_open_array(json);
    for (size_t i = 0; i < check->needles_count; i++)
        pl_json_str(json, check->needles[i]);
    pl_json_close_array(json);
    if (check->tool.len > 0) {
        pl_json_key(json, "tool");
        pl_json_str(json, check->tool);
    }
    if (check->kind == PL_REDTEAM_MARKUP) {
        pl_json_key(json, "markup");
        pl_json_text(json, pl_redteam_markup_name(check->markup));
    }
    if (check->characters_max > 0) {
        pl_json_key(json, "characters_max");
        pl_json_uint64(json, check->characters_max);
    }
    pl_json_close_object(json);
}

static void write_names(const struct pl_redteam_case *redteam_case, struct pl_json *json)
{
    const struct {
        const char *key, *text;
    } NAMES[] = {
        {"kind", pl_redteam_kind_name(redteam_case->kind)},
        {"owasp", pl_redteam_owasp_name(redteam_case->owasp)},
        {"goal", redteam_case->goal},
        {"wrapper", redteam_case->wrapper},
        {"encoding", redteam_case->encoding},
        {"channel", redteam_case->channel},
        {"language", redteam_case->language},
    };

    pl_json_key(json, "id");
    pl_json_str(json, redteam_case->id);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        pl_json_key(json, NAMES[i].key);
        pl_json_text(json, NAMES[i].text);
    }
}

void pl_redteam_case_write(const struct pl_redteam_case *redteam_case, struct pl_json *json)
{
    pl_json_open_object(json);
    write_names(redteam_case, json);
    pl_json_key(json, "messages");
    pl_json_open_array(json);
    for (size_t i = 0; i < redteam_case->messages_count; i++)
        write_message(&redteam_case->messages[i], json);
    pl_json_close_array(json);
    if (redteam_case->tools.len > 0) {
        pl_json_key(json, "tools");
        pl_json_raw(json, redteam_case->tools);
    }
    pl_json_key(json, "check");
    write_check(&redteam_case->check, json);
    pl_json_close_object(json);
}
