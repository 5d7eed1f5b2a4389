/* Templates: cut once into pieces of text, names of values and beginnings of messages; putting in values
   is then a walk over the pieces, in which a value is only ever copied. */
#include "eval/template.h"

#include "base/file.h"
#include "json/path.h"
#include "json/render.h"

#include <string.h>

#define OPENING "{{"
#define CLOSING "}}"

enum piece_kind { PIECE_TEXT, PIECE_VALUE, PIECE_MESSAGE };

struct piece {
    enum piece_kind kind;
    struct pl_str text; /* the text, the path of the value, or the role */
    uint32_t line;
    struct piece *next;
};

struct pl_template {
    const char *name;
    struct pl_str text;
    struct piece *first;
    struct piece *last;
    size_t messages_count;
};

static const char *const ROLES[] = {"system", "user", "assistant", "developer"};

struct cutting {
    struct pl_template *template;
    struct pl_arena *arena;
    uint32_t line;
    struct pl_error *error;
};

static enum pl_status fault(const struct cutting *cutting, const char *message)
{
    (void)pl_error_set(cutting->error, PL_E_DATA, "%s", message);
    if (cutting->error != NULL)
        (void)pl_error_locate(cutting->error, cutting->template->name, cutting->line, 0);
    return PL_E_DATA;
}

static enum pl_status add_piece(struct cutting *cutting, enum piece_kind kind, struct pl_str text)
{
    struct pl_template *template = cutting->template;
    struct piece *piece = pl_arena_alloc(cutting->arena, sizeof *piece);

    if (piece == NULL)
        return pl_arena_error(cutting->arena, "the template", cutting->error);
    *piece = (struct piece){.kind = kind, .text = text, .line = cutting->line};
    if (template->last == NULL)
        template->first = piece;
    else
        template->last->next = piece;
    template->last = piece;
    return PL_OK;
}

/* The role that a line names, or the empty text. */
static struct pl_str role_of(struct pl_str line)
{
    const struct pl_str text = pl_str_trim(line);

    if (text.len < 3 || text.ptr[0] != '[' || text.ptr[text.len - 1] != ']')
        return PL_STR("");
    for (size_t i = 0; i < sizeof ROLES / sizeof *ROLES; i++)
        if (pl_str_equal_text((struct pl_str){text.ptr + 1, text.len - 2}, ROLES[i]))
            return pl_str_of(ROLES[i]);
    return PL_STR("");
}

static enum pl_status add_message(struct cutting *cutting, struct pl_str role)
{
    if (cutting->template->messages_count == PL_TEMPLATE_MESSAGES_MAX)
        return fault(cutting, "has more than 32 messages");
    cutting->template->messages_count++;
    return add_piece(cutting, PIECE_MESSAGE, role);
}

/* The value whose name begins at `at`, behind the opening; moves `at` behind the closing. */
static enum pl_status add_value(struct cutting *cutting, struct pl_str line, size_t *at)
{
    const char *start = line.ptr + *at;
    const char *end = memmem(start, line.len - *at, CLOSING, strlen(CLOSING));

    if (end == NULL)
        return fault(cutting, "opens `{{` and does not close it on the same line; `{{{{` stands "
                              "for the two signs themselves");

    const struct pl_str path = pl_str_trim((struct pl_str){start, (size_t)(end - start)});

    if (path.len == 0 || !pl_json_path_is_valid(path))
        return fault(cutting,
                     "has no name of a value between `{{` and `}}`, such as `{{question}}`");
    *at = (size_t)(end - line.ptr) + strlen(CLOSING);
    return add_piece(cutting, PIECE_VALUE, path);
}

static enum pl_status add_line(struct cutting *cutting, struct pl_str line)
{
    const size_t width = strlen(OPENING);
    size_t at = 0;

    while (at < line.len) {
        const char *opening = memmem(line.ptr + at, line.len - at, OPENING, width);
        const size_t end = opening == NULL ? line.len : (size_t)(opening - line.ptr);

        if (end > at)
            PL_RETURN_IF(add_piece(cutting, PIECE_TEXT, (struct pl_str){line.ptr + at, end - at}));
        at = end;
        if (opening == NULL)
            break;
        at += width;
        if (line.len - at >= width && memcmp(line.ptr + at, OPENING, width) == 0) {
            PL_RETURN_IF(add_piece(cutting, PIECE_TEXT, PL_STR(OPENING)));
            at += width;
        } else {
            PL_RETURN_IF(add_value(cutting, line, &at));
        }
    }
    return PL_OK;
}

/* A role before the first text; without one the template is what the user says. */
static enum pl_status cut(struct cutting *cutting, struct pl_str text)
{
    size_t at = 0;

    while (at < text.len) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        const size_t stop = end == NULL ? text.len : (size_t)(end - text.ptr) + 1;
        const struct pl_str line = {text.ptr + at, stop - at};
        const struct pl_str role = role_of(line);

        cutting->line++;
        at = stop;
        if (role.len > 0) {
            PL_RETURN_IF(add_message(cutting, role));
            continue;
        }
        if (cutting->template->messages_count == 0) {
            if (pl_str_trim(line).len == 0)
                continue;
            PL_RETURN_IF(add_message(cutting, PL_STR("user")));
        }
        PL_RETURN_IF(add_line(cutting, line));
    }
    if (cutting->template->messages_count == 0)
        return fault(cutting, "is empty");
    return PL_OK;
}

enum pl_status pl_template_parse(struct pl_str text, const char *name, struct pl_arena *arena,
                                 struct pl_template **ret_template, struct pl_error *error)
{
    struct pl_template *template = pl_arena_alloc(arena, sizeof *template);
    const struct pl_str kept = pl_arena_copy(arena, pl_str_of(name));

    if (template == NULL || kept.ptr == NULL)
        return pl_arena_error(arena, "the template", error);
    template->name = kept.ptr;
    template->text = text;

    struct cutting cutting = {template, arena, 0, error};

    if (!pl_str_is_utf8(text))
        return fault(&cutting, "is not UTF-8");
    PL_RETURN_IF(cut(&cutting, text));
    *ret_template = template;
    return PL_OK;
}

enum pl_status pl_template_read(const char *path, struct pl_arena *arena,
                                struct pl_template **ret_template, struct pl_error *error)
{
    struct pl_str text;

    PL_RETURN_IF(pl_file_read(path, PL_TEMPLATE_SIZE_BYTES_MAX, arena, &text, error));
    return pl_template_parse(text, path, arena, ret_template, error);
}

struct pl_str pl_template_text(const struct pl_template *template)
{
    return template->text;
}

/* ---- putting values in ---- */

static bool find_own(const struct pl_template_values *values, struct pl_str name,
                     struct pl_str *ret_text)
{
    for (size_t i = 0; i < values->own_count; i++)
        if (pl_str_equal_text(name, values->own[i].name)) {
            *ret_text = values->own[i].text;
            return true;
        }
    return false;
}

/* A column may have a dot in its name, so the whole name is tried before the path. */
static const struct pl_json_value *find_value(const struct pl_template_values *values,
                                              struct pl_str path)
{
    const struct pl_json_value *value = pl_json_value_get(values->root, path);

    return value != NULL ? value : pl_json_path_get(values->root, path);
}

static void add_json(const struct pl_json_value *value, struct pl_buffer *out)
{
    if (pl_json_value_type(value) == PL_JSON_STRING)
        pl_buffer_add(out, pl_json_value_str(value));
    else if (pl_json_value_type(value) != PL_JSON_NULL)
        pl_json_value_write(value, out);
}

static enum pl_status put_value(const struct pl_template *template, const struct piece *piece,
                                const struct pl_template_values *values, struct pl_buffer *out,
                                struct pl_error *error)
{
    const struct pl_json_value *value = NULL;
    struct pl_str text;

    if (find_own(values, piece->text, &text)) {
        pl_buffer_add(out, text);
        return PL_OK;
    }
    value = find_value(values, piece->text);
    if (value == NULL) {
        (void)pl_error_set(error, PL_E_DATA, "asks for `%.*s`, which the case does not have",
                           PL_STR_ARG(piece->text));
        return pl_error_locate(error, template->name, piece->line, 0);
    }
    add_json(value, out);
    return PL_OK;
}

/* The content of a message: its pieces up to the next one, without blanks around it. */
static enum pl_status end_message(struct pl_message *message, struct pl_buffer *content,
                                  struct pl_arena *arena, struct pl_error *error)
{
    PL_RETURN_IF(pl_buffer_check(content, "a prompt", error));
    message->content = pl_arena_copy(arena, pl_str_trim(pl_buffer_view(content)));
    pl_buffer_reset(content);
    if (message->content.ptr == NULL)
        return pl_arena_error(arena, "a prompt", error);
    return PL_OK;
}

enum pl_status pl_template_render(const struct pl_template *template,
                                  const struct pl_template_values *values, struct pl_arena *arena,
                                  struct pl_messages *ret_messages, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer content = {0};
    struct pl_message *messages =
        pl_arena_alloc_array(arena, template->messages_count, sizeof *messages);
    size_t count = 0;

    pl_buffer_init(&content, (size_t)64 << 20);
    if (messages == NULL)
        return pl_arena_error(arena, "a prompt", error);
    for (const struct piece *piece = template->first; piece != NULL; piece = piece->next) {
        if (piece->kind == PIECE_TEXT)
            pl_buffer_add(&content, piece->text);
        else if (piece->kind == PIECE_VALUE)
            PL_RETURN_IF(put_value(template, piece, values, &content, error));
        else {
            if (count > 0)
                PL_RETURN_IF(end_message(&messages[count - 1], &content, arena, error));
            messages[count++].role = piece->text;
        }
    }
    PL_RETURN_IF(end_message(&messages[count - 1], &content, arena, error));
    *ret_messages = (struct pl_messages){messages, count};
    return PL_OK;
}
