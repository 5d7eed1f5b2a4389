/*
 * A session shows one output at a time, without its score, the judge's verdict or the name of the model, and
 * waits for a line: a rating, or s, b or q.
 */
#include "cli/rating_session.h"

#include "cli/screen.h"

#include <stdio.h>
#include <stdlib.h>

#define CARD_SIZE_BYTES_MAX ((size_t)256 << 20)

struct session {
    const struct pl_desk *desk;
    struct pl_style style;
    struct pl_buffer out;
    struct pl_rated_output **queue; /* what is to be rated, in order */
    size_t count;
    size_t at;
    uint64_t rated;
    char *line;
    size_t line_size;
};

enum answer { ANSWER_RATING, ANSWER_SKIP, ANSWER_BACK, ANSWER_STOP, ANSWER_UNKNOWN };

/* Lines stay lines and keep their blanks at the start; nothing in them can command the terminal. */
static void add_block(struct session *session, struct pl_str text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = at;

        while (end < text.len && text.ptr[end] != '\n')
            end++;
        pl_buffer_add_text(&session->out, "    ");
        for (; at < end && text.ptr[at] == ' '; at++)
            pl_buffer_add_char(&session->out, ' ');
        pl_text_fold(&session->out, (struct pl_str){text.ptr + at, end - at}, session->style.utf8);
        pl_buffer_add_char(&session->out, '\n');
        at = end + 1;
    }
    if (text.len == 0)
        pl_buffer_add_text(&session->out, "    (empty)\n");
}

static void add_question(struct session *session)
{
    const uint32_t top = session->desk->request->question.top;

    if (top == 0)
        pl_buffer_add_text(&session->out, "p pass, f fail");
    else
        pl_buffer_add_format(&session->out, "1 to %u", top);
    pl_buffer_add_text(&session->out, ", s skip, b back, q stop: ");
}

static enum pl_status flush(struct session *session, struct pl_error *error)
{
    const enum pl_status status = pl_screen_write(&session->out, error);

    pl_buffer_reset(&session->out);
    return status;
}

static enum pl_status show(struct session *session, struct pl_error *error)
{
    const struct pl_rated_output *output = session->queue[session->at];
    struct pl_page page = pl_page_of(&session->out, session->style);
    char heading[64];

    (void)snprintf(heading, sizeof heading, "%zu of %zu", session->at + 1, session->count);
    pl_page_heading(&page, heading);
    pl_buffer_add_text(&session->out, "  Input\n");
    add_block(session, output->input);
    pl_buffer_add_text(&session->out, "  Output\n");
    add_block(session, output->output);
    add_question(session);
    return flush(session, error);
}

/* The end of the input is a wish to stop. */
static enum answer read_answer(struct session *session, uint32_t *ret_value)
{
    const ssize_t length = getline(&session->line, &session->line_size, stdin);
    const struct pl_str text =
        length < 0 ? PL_STR("q") : pl_str_trim((struct pl_str){session->line, (size_t)length});

    if (pl_rating_parse(&session->desk->request->question, text, ret_value))
        return ANSWER_RATING;
    if (pl_str_equal_text(text, "s"))
        return ANSWER_SKIP;
    if (pl_str_equal_text(text, "b"))
        return ANSWER_BACK;
    return pl_str_equal_text(text, "q") ? ANSWER_STOP : ANSWER_UNKNOWN;
}

static enum pl_status rate(struct session *session, uint32_t value, struct pl_error *error)
{
    struct pl_rated_output *output = session->queue[session->at];

    PL_RETURN_IF(pl_desk_rate(session->desk, output, value, error));
    session->rated += output->rated ? 0 : 1;
    output->rated = true;
    output->value = value;
    session->at++;
    return PL_OK;
}

static enum pl_status ask_all(struct session *session, struct pl_error *error)
{
    uint32_t value = 0;

    while (session->at < session->count) {
        PL_RETURN_IF(show(session, error));
        switch (read_answer(session, &value)) {
        case ANSWER_RATING:
            PL_RETURN_IF(rate(session, value, error));
            break;
        case ANSWER_SKIP:
            session->at++;
            break;
        case ANSWER_BACK:
            session->at -= session->at > 0 ? 1 : 0;
            break;
        case ANSWER_STOP:
            return PL_OK;
        case ANSWER_UNKNOWN:
            pl_buffer_add_text(&session->out, "That is no answer.\n");
            break;
        }
    }
    return PL_OK;
}

static enum pl_status say_end(struct session *session, struct pl_error *error)
{
    size_t left = 0;

    for (size_t i = 0; i < session->desk->count; i++)
        left += session->desk->outputs[i].rated ? 0 : 1;
    pl_buffer_add_format(&session->out, "\n%llu rated now, %zu of %zu left.\n",
                         (unsigned long long)session->rated, left, session->desk->count);
    return flush(session, error);
}

enum pl_status pl_rating_session(const struct pl_desk *desk, struct pl_style style,
                                 struct pl_error *error)
{
    struct session session = {.desk = desk, .style = style};
    enum pl_status status = PL_OK;

    session.queue = calloc(desk->count + 1, sizeof(struct pl_rated_output *));
    if (session.queue == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a session");
    for (size_t i = 0; i < desk->count; i++)
        if (!desk->outputs[i].rated)
            session.queue[session.count++] = &desk->outputs[i];
    pl_buffer_init(&session.out, CARD_SIZE_BYTES_MAX);
    status = ask_all(&session, error);
    if (status == PL_OK)
        status = say_end(&session, error);
    pl_buffer_deinit(&session.out);
    free(session.line);
    free(session.queue);
    return status;
}
