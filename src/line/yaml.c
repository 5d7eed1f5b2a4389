/*
 * YAML text to nodes: the only file that knows libfyaml. It takes the library's events, not its
 * documents, because the event parser does not recurse: the tree is built on a stack of our own
 * that ends at PL_LINE_DEPTH_MAX, so nesting of any depth is refused before it costs anything.
 */
#include <libfyaml.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "line/node.h"
#include "line/problem.h"

struct level {
    struct pl_node *node;
    struct pl_node *last;
    char bracket; /* `[` or `{` when it was opened by one, else another letter */
    bool has_key; /* in a map: the next event is the value of `key` */
    struct pl_str key;
    struct pl_place key_place;
};

struct builder {
    struct pl_arena *arena;
    struct pl_problems *problems;
    struct pl_error *error;
    struct pl_node *root;
    struct level levels[PL_LINE_DEPTH_MAX + 1];
    size_t depth;
    size_t nodes_count;
    size_t documents_count;
    struct pl_str text;
    struct pl_place place; /* of the last event that had one */
    size_t offset;         /* of the same, in the text */
    bool done;
};

/* Where the text stops being valid: counts lines and characters up to `offset`. */
static struct pl_place place_at(struct pl_str text, size_t offset)
{
    struct pl_place place = {1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (text.ptr[i] == '\n')
            place = (struct pl_place){place.line + 1, 1};
        else if (((unsigned char)text.ptr[i] & 0xc0u) != 0x80u)
            place.column++;
    }
    return place;
}

static enum pl_status refuse(struct builder *builder, struct pl_place place, struct pl_str message,
                             struct pl_str hint)
{
    if (message.ptr == NULL || hint.ptr == NULL)
        return pl_arena_error(builder->arena, "the line", builder->error);
    pl_problems_add(builder->problems,
                    (struct pl_problem){.place = place, .message = message, .hint = hint});
    return PL_E_LINE;
}

/* The length of the longest start of the text that is valid UTF-8. */
static size_t valid_length(struct pl_str text)
{
    size_t low = 0;

    while (low < text.len) {
        size_t length = 1;

        while (length <= 4 && low + length <= text.len &&
               !pl_str_is_utf8((struct pl_str){text.ptr + low, length}))
            length++;
        if (length > 4 || low + length > text.len)
            return low;
        low += length;
    }
    return low;
}

/* What YAML would misread without a word: NUL bytes and text that is not UTF-8. */
static enum pl_status check_bytes(struct builder *builder, struct pl_str text)
{
    const char *nul = text.len == 0 ? NULL : memchr(text.ptr, '\0', text.len);

    if (nul != NULL)
        return refuse(builder, place_at(text, (size_t)(nul - text.ptr)),
                      PL_STR("a NUL byte stands in the text, so this is not a line"),
                      PL_STR("save the file as UTF-8 text"));

    const size_t valid = valid_length(text);

    if (valid < text.len)
        return refuse(builder, place_at(text, valid),
                      pl_arena_format(builder->arena, "the byte 0x%02x is not valid UTF-8",
                                      (unsigned char)text.ptr[valid]),
                      PL_STR("save the file as UTF-8"));
    return PL_OK;
}

static struct pl_place place_of(const struct fy_mark *mark, struct pl_place otherwise)
{
    if (mark == NULL || mark->line < 0 || mark->column < 0)
        return otherwise;
    return (struct pl_place){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1};
}

static bool is_null_text(struct pl_str text)
{
    static const char *const WORDS[] = {"", "~", "null", "Null", "NULL"};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (pl_str_equal_text(text, WORDS[i]))
            return true;
    return false;
}

static bool read_scalar(struct builder *builder, struct fy_event *event, struct pl_node *node)
{
    struct fy_token *token = event->scalar.value;
    size_t length = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &length);

    node->text = pl_arena_copy(builder->arena, (struct pl_str){text, text == NULL ? 0 : length});
    node->quoted = token != NULL && fy_token_scalar_style(token) != FYSS_PLAIN;
    node->kind = !node->quoted && is_null_text(node->text) ? PL_NODE_NULL : PL_NODE_SCALAR;
    return node->text.ptr != NULL;
}

/* Hangs a node below the innermost open map or list; the first node of all is the root. */
static void attach(struct builder *builder, struct pl_node *node)
{
    if (builder->depth == 0) {
        builder->root = node;
        return;
    }

    struct level *level = &builder->levels[builder->depth - 1];

    node->parent = level->node;
    node->index = level->node->count++;
    if (level->has_key) {
        node->key = level->key;
        node->key_place = level->key_place;
        level->has_key = false;
    }
    if (level->last == NULL)
        level->node->first = node;
    else
        level->last->next = node;
    level->last = node;
}

/* By key, then by the order of the file. */
static int compare_keys(const void *a, const void *b)
{
    const struct pl_node *one = *(struct pl_node *const *)a;
    const struct pl_node *two = *(struct pl_node *const *)b;
    const int order = pl_str_compare(one->key, two->key);

    if (order != 0)
        return order;
    return (one->index > two->index) - (one->index < two->index);
}

static bool add_duplicate(struct builder *builder, const struct pl_node *first,
                          struct pl_node *again)
{
    const struct pl_str message =
        pl_arena_format(builder->arena, "stands twice: first at line %u, column %u",
                        first->key_place.line, first->key_place.column);

    again->repeated = true;
    if (message.ptr == NULL)
        return false;
    pl_problems_add(builder->problems, (struct pl_problem){
                                           .place = again->key_place,
                                           .key = pl_node_path(again, builder->arena),
                                           .message = message,
                                           .hint = PL_STR("keep one of the two"),
                                       });
    return true;
}

/* Repeated keys of a map that is complete: sorted, so that a huge map stays quick. */
static bool check_duplicates(struct builder *builder, const struct pl_node *map)
{
    struct pl_node **sorted = pl_arena_alloc_array(builder->arena, map->count, sizeof *sorted);
    const struct pl_node *first = NULL;
    size_t count = 0;

    if (sorted == NULL)
        return false;
    for (struct pl_node *node = map->first; node != NULL; node = node->next)
        sorted[count++] = node;
    qsort(sorted, count, sizeof *sorted, compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (first == NULL || !pl_str_equal(first->key, sorted[i]->key))
            first = sorted[i];
        else if (!add_duplicate(builder, first, sorted[i]))
            return false;
    }
    return true;
}

static enum pl_status out_of_memory(struct builder *builder)
{
    return pl_arena_error(builder->arena, "the line", builder->error);
}

static enum pl_status too_much(struct builder *builder, const char *what, size_t most)
{
    pl_error_set(builder->error, PL_E_LIMIT, "the line %s; at most %zu are allowed", what, most);
    if (builder->error != NULL) {
        builder->error->line = builder->place.line;
        builder->error->column = builder->place.column;
    }
    return PL_E_LIMIT;
}

/* In a map every other event is a key; a key must be a scalar. True when this event was one. */
static bool is_key(const struct builder *builder)
{
    const struct level *level = builder->depth == 0 ? NULL : &builder->levels[builder->depth - 1];

    return level != NULL && level->node->kind == PL_NODE_MAP && !level->has_key;
}

static enum pl_status take_key(struct builder *builder, struct fy_event *event)
{
    struct level *level = &builder->levels[builder->depth - 1];
    struct pl_node scalar = {0};

    if (event->type != FYET_SCALAR)
        return refuse(builder, builder->place, PL_STR("a key must be plain text"), PL_STR(""));
    if (!read_scalar(builder, event, &scalar))
        return out_of_memory(builder);
    level->has_key = true;
    level->key = scalar.text;
    level->key_place = builder->place;
    return PL_OK;
}

static enum pl_status open_level(struct builder *builder, struct pl_node *node)
{
    if (builder->depth >= PL_LINE_DEPTH_MAX)
        return too_much(builder, "is nested too deeply", PL_LINE_DEPTH_MAX);
    builder->levels[builder->depth++] =
        (struct level){.node = node, .bracket = builder->text.ptr[builder->offset]};
    return PL_OK;
}

static enum pl_status add_node(struct builder *builder, struct fy_event *event,
                               enum pl_node_kind kind)
{
    struct pl_node *node = pl_arena_alloc(builder->arena, sizeof *node);

    if (node == NULL)
        return out_of_memory(builder);
    if (++builder->nodes_count > PL_NODES_MAX)
        return too_much(builder, "holds too many values", PL_NODES_MAX);
    node->kind = kind;
    node->place = builder->place;
    attach(builder, node);
    if (kind != PL_NODE_SCALAR)
        return open_level(builder, node);
    return read_scalar(builder, event, node) ? PL_OK : out_of_memory(builder);
}

static enum pl_status take_value(struct builder *builder, struct fy_event *event,
                                 enum pl_node_kind kind)
{
    return is_key(builder) ? take_key(builder, event) : add_node(builder, event, kind);
}

static enum pl_status close_level(struct builder *builder)
{
    if (builder->depth == 0)
        return refuse(builder, builder->place, PL_STR("something is closed that was never opened"),
                      PL_STR(""));

    const struct pl_node *node = builder->levels[--builder->depth].node;

    if (node->kind == PL_NODE_MAP && !check_duplicates(builder, node))
        return out_of_memory(builder);
    return PL_OK;
}

static enum pl_status take_document(struct builder *builder)
{
    if (++builder->documents_count == 1)
        return PL_OK;
    return refuse(builder, builder->place, PL_STR("a second document starts here"),
                  PL_STR("a line is one document: remove the `---` between them"));
}

/* The tag of a value, or NULL: `!include x` would otherwise be read as the text "x". */
static struct fy_token *tag_of(const struct fy_event *event)
{
    switch ((int)event->type) {
    case FYET_SCALAR:
        return event->scalar.tag;
    case FYET_MAPPING_START:
        return event->mapping_start.tag;
    case FYET_SEQUENCE_START:
        return event->sequence_start.tag;
    default:
        return NULL;
    }
}

/* Quoted text is marked after its quote; a person looks for it at the quote. */
static bool starts_with_quote(const struct fy_event *event)
{
    if (event->type != FYET_SCALAR || event->scalar.value == NULL)
        return false;

    const enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);

    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static void take_mark(struct builder *builder, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    builder->place = place_of(mark, builder->place);
    if (starts_with_quote(event) && builder->place.column > 1)
        builder->place.column--;
    if (mark != NULL && mark->input_pos < builder->text.len)
        builder->offset = mark->input_pos;
}

static enum pl_status take_event(struct builder *builder, struct fy_event *event)
{
    take_mark(builder, event);

    struct fy_token *tag = tag_of(event);

    if (tag != NULL)
        return refuse(builder, place_of(fy_token_start_mark(tag), builder->place),
                      PL_STR("a tag (`!name`) stands here; a line has none"),
                      PL_STR("remove the tag; text that starts with `!` goes in quotes"));
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return take_document(builder);
    case FYET_SCALAR:
        return take_value(builder, event, PL_NODE_SCALAR);
    case FYET_MAPPING_START:
        return take_value(builder, event, PL_NODE_MAP);
    case FYET_SEQUENCE_START:
        return take_value(builder, event, PL_NODE_LIST);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return close_level(builder);
    case FYET_ALIAS:
        return refuse(builder, builder->place,
                      PL_STR("an alias (`*name`) stands here; a line has none"),
                      PL_STR("write the value out"));
    case FYET_STREAM_END:
        builder->done = true;
        return PL_OK;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_DOCUMENT_END:
        return PL_OK;
    }
    return PL_OK;
}

/* An open bracket is noticed late, often at the end of the file; where it was opened helps more. */
static struct pl_str bracket_hint(struct builder *builder, char bracket)
{
    size_t at = builder->depth;

    while (at > 0 && builder->levels[at - 1].bracket != bracket)
        at--;
    if (at == 0)
        return PL_STR("look for a bracket that is not closed, or closed by the wrong one");

    const struct pl_place place = builder->levels[at - 1].node->place;

    return pl_arena_format(builder->arena, "close the `%c` that stands at line %u, column %u",
                           bracket, place.line, place.column);
}

/* What to do about the commonest mistakes, found by some words of the library's message. */
static struct pl_str syntax_hint(struct builder *builder, const char *message)
{
    static const char *const HINTS[][2] = {
        {"tab character", "indent with spaces"},
        {"invalid indentation", "align it with the keys beside it"},
        {"wrong indentation", "align it with the keys beside it"},
        {"nested block mapping", "put text that holds `: ` in quotes"},
        {"closing quote", "close the quote"},
        {"quoted scalar", "close the quote"},
    };
    static const struct {
        const char *words;
        char bracket;
    } BRACKETS[] = {
        {"sequence without a closing", '['},     {"mapping without a closing", '{'},
        {"missing comma in flow sequence", '['}, {"missing comma in flow mapping", '{'},
        {"wrongly indented flow sequence", '['}, {"wrongly indented flow mapping", '{'},
        {"mismatched flow sequence", '{'},       {"mismatched flow mapping", '['},
    };

    for (size_t i = 0; i < sizeof HINTS / sizeof *HINTS; i++)
        if (strstr(message, HINTS[i][0]) != NULL)
            return pl_str_of(HINTS[i][1]);
    for (size_t i = 0; i < sizeof BRACKETS / sizeof *BRACKETS; i++)
        if (strstr(message, BRACKETS[i].words) != NULL)
            return bracket_hint(builder, BRACKETS[i].bracket);
    return PL_STR("");
}

/* The library's first complaint as a problem. */
static enum pl_status take_syntax_error(struct builder *builder, struct fy_diag *diag)
{
    void *position = NULL;
    const struct fy_diag_error *fault = fy_diag_errors_iterate(diag, &position);
    struct pl_place place = builder->place;

    if (fault == NULL)
        return refuse(builder, place, PL_STR("the text is not YAML from here on"), PL_STR(""));
    if (fault->line > 0 && fault->column > 0)
        place = (struct pl_place){(uint32_t)fault->line, (uint32_t)fault->column};
    return refuse(builder, place,
                  pl_arena_format(builder->arena, "the text is not YAML: %s", fault->msg),
                  syntax_hint(builder, fault->msg));
}

static enum pl_status run(struct builder *builder, struct fy_parser *parser, struct fy_diag *diag)
{
    while (!builder->done) {
        struct fy_event *event = fy_parser_parse(parser);

        if (event == NULL)
            return take_syntax_error(builder, diag);

        const enum pl_status status = take_event(builder, event);

        fy_parser_event_free(parser, event);
        PL_RETURN_IF(status);
    }
    return PL_OK;
}

static void free_parser(struct fy_parser **parser)
{
    fy_parser_destroy(*parser);
}

static void free_diag(struct fy_diag **diag)
{
    fy_diag_destroy(*diag);
}

/* A diagnostics object that collects and never prints. */
static struct fy_diag *new_diag(void)
{
    struct fy_diag_cfg config;

    fy_diag_cfg_default(&config);
    config.fp = NULL;
    config.colorize = false;

    struct fy_diag *diag = fy_diag_create(&config);

    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static enum pl_status build(struct builder *builder, struct pl_str text)
{
    struct fy_diag *diag PL_CLEANUP(free_diag) = new_diag();
    const struct fy_parse_cfg config = {
        .flags = FYPCF_QUIET | FYPCF_DISABLE_MMAP_OPT | FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2,
        .diag = diag,
    };
    struct fy_parser *parser PL_CLEANUP(free_parser) =
        diag == NULL ? NULL : fy_parser_create(&config);

    if (parser == NULL || fy_parser_set_string(parser, text.ptr, text.len) != 0)
        return pl_error_set(builder->error, PL_E_MEMORY, "no memory left to parse the line");
    return run(builder, parser, diag);
}

enum pl_status pl_yaml_parse(struct pl_str text, struct pl_arena *arena,
                             const struct pl_node **ret_root, struct pl_problems *problems,
                             struct pl_error *error)
{
    struct builder builder = {
        .arena = arena, .problems = problems, .error = error, .text = text, .place = {1, 1}};

    PL_RETURN_IF(check_bytes(&builder, text));
    if (text.len > 0)
        PL_RETURN_IF(build(&builder, text));
    if (builder.root == NULL || builder.root->kind == PL_NODE_NULL)
        return refuse(&builder, (struct pl_place){1, 1}, PL_STR("the file says nothing"),
                      PL_STR("`plimsoll init` writes a line to start from"));
    *ret_root = builder.root;
    return PL_OK;
}
