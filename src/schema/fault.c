/* Faults: where in the value, which keyword, and a sentence. */
#include <stdarg.h>
#include <stdio.h>

#include "json/path.h"
#include "json/render.h"
#include "schema/check.h"

#define POINTER_BYTES_MAX ((size_t)64 << 10)
#define SHOWN_BYTES_MAX   ((size_t)1 << 20)
#define SHOWN_LENGTH_MAX  60
#define MESSAGE_SIZE      512

static void write_pointer(const struct pl_schema_subject *subject, struct pl_buffer *out)
{
    if (subject->above == NULL)
        return;
    write_pointer(subject->above, out);
    if (subject->name.ptr != NULL)
        pl_json_pointer_add(out, subject->name);
    else
        pl_json_pointer_add_index(out, subject->index);
}

/* Text that may be cut at a limit: what fits is kept. */
static struct pl_str keep(struct pl_schema_checker *checker, struct pl_buffer *text)
{
    const struct pl_str copy = pl_arena_copy(&checker->arena, pl_buffer_view(text));

    pl_buffer_deinit(text);
    return copy.ptr == NULL ? PL_STR("") : copy;
}

static struct pl_str instance_of(struct pl_schema_checker *checker,
                                 const struct pl_schema_subject *subject)
{
    struct pl_buffer text;

    pl_buffer_init(&text, POINTER_BYTES_MAX);
    write_pointer(subject, &text);
    return keep(checker, &text);
}

static struct pl_str keyword_of(struct pl_schema_checker *checker,
                                const struct pl_schema_where *where)
{
    struct pl_buffer text;

    pl_buffer_init(&text, POINTER_BYTES_MAX);
    pl_buffer_add(&text, where->node->location);
    if (where->keyword != NULL)
        pl_json_pointer_add(&text, pl_str_of(where->keyword));
    return keep(checker, &text);
}

bool pl_schema_fault_add(struct pl_schema_checker *checker, struct pl_schema_where where,
                         const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;

    if (!checker->collects || checker->faults_count == checker->faults_max)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    struct pl_str copy = pl_arena_copy(&checker->arena, pl_str_of(message));

    if (copy.ptr == NULL)
        copy = PL_STR("is not as the schema says");
    checker->faults[checker->faults_count++] = (struct pl_schema_fault){
        .instance = instance_of(checker, where.subject),
        .keyword = keyword_of(checker, &where),
        .message = copy,
    };
    /* Enough is known. */
    if (checker->faults_count == checker->faults_max)
        checker->collects = false;
    return false;
}

/* Cut at a character. */
static size_t shown_length(struct pl_str text)
{
    size_t len = SHOWN_LENGTH_MAX;

    if (text.len <= len)
        return text.len;
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

const char *pl_schema_show(struct pl_schema_checker *checker, const struct pl_json_value *value)
{
    struct pl_buffer text;
    struct pl_str shown, copy;

    if (!checker->collects)
        return "";
    pl_buffer_init(&text, SHOWN_BYTES_MAX);
    pl_json_value_write(value, &text);
    shown = pl_buffer_view(&text);
    copy = pl_arena_format(&checker->arena, "%.*s%s", (int)shown_length(shown), shown.ptr,
                           shown.len > SHOWN_LENGTH_MAX ? "…" : "");
    pl_buffer_deinit(&text);
    return copy.ptr == NULL ? "another value" : copy.ptr;
}
