/*
 * A page of terminal text. Colours are the project's states in 24 bits, or the nearest of the 256;
 * each is closed where it was opened, so that a cut line never colours the rest of the screen.
 */
#include "report/page.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The select graphic rendition of each ink, by the number of colours. */
static const struct {
    const char *few;
    const char *many;
} INKS[] = {
    [PL_INK_PLAIN] = {"", ""},
    [PL_INK_BOLD] = {"1", "1"},
    [PL_INK_QUIET] = {"2", "2"},
    [PL_INK_CLEAR] = {"38;5;29", "38;2;10;125;108"},
    [PL_INK_UNPROVEN] = {"38;5;136", "38;2;183;121;31"},
    [PL_INK_BREACH] = {"38;5;166", "38;2;194;65;12"},
};

/* Signs that the reports use, with what stands for them in ASCII; one column for one where a table
   may hold them. */
static const struct {
    const char *sign;
    const char *ascii;
} SIGNS[] = {
    {"●", "o"}, {"◐", "~"},  {"✕", "x"},  {"○", "-"},  {"×", "x"},   {"·", "-"},  {"…", "..."},
    {"–", "-"}, {"—", "--"}, {"≥", ">="}, {"≤", "<="}, {"−", "-"},   {"“", "\""}, {"”", "\""},
    {"‘", "'"}, {"’", "'"},  {"█", "#"},  {"▉", "#"},  {"▊", "#"},   {"▋", "#"},  {"▌", "#"},
    {"▍", "|"}, {"▎", "|"},  {"▏", "|"},  {"─", "-"},  {"±", "+/-"},
};

struct pl_page pl_page_of(struct pl_buffer *out, struct pl_style style)
{
    if (style.columns > PL_PAGE_COLUMNS_MAX)
        style.columns = PL_PAGE_COLUMNS_MAX;
    if (style.columns < PL_PAGE_COLUMNS_MIN)
        style.columns = PL_PAGE_COLUMNS_MIN;
    return (struct pl_page){.out = out, .style = style};
}

/* The length of the valid UTF-8 sequence that `text` starts with, or 0. */
static size_t sequence_length(struct pl_str text)
{
    for (size_t length = 1; length <= 4 && length <= text.len; length++)
        if (pl_str_is_utf8((struct pl_str){text.ptr, length}))
            return length;
    return 0;
}

/* C0 and C1 controls, DEL, and the signs that turn the direction of what follows. */
static bool is_harmful(struct pl_str sequence)
{
    const unsigned char *byte = (const unsigned char *)sequence.ptr;

    if (sequence.len == 1)
        return byte[0] < 0x20 || byte[0] == 0x7f;
    if (sequence.len == 2)
        return byte[0] == 0xc2 && byte[1] < 0xa0;
    if (sequence.len == 3 && byte[0] == 0xe2 && byte[1] == 0x80)
        return (byte[2] >= 0xaa && byte[2] <= 0xae) || byte[2] == 0xa8 || byte[2] == 0xa9;
    return sequence.len == 3 && byte[0] == 0xe2 && byte[1] == 0x81 && byte[2] >= 0xa6 &&
           byte[2] <= 0xa9;
}

static const char *ascii_of(struct pl_str sequence)
{
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (pl_str_equal_text(sequence, SIGNS[i].sign))
            return SIGNS[i].ascii;
    return "?";
}

static void fold_sequence(struct pl_buffer *out, struct pl_str sequence, bool utf8)
{
    const char first = sequence.ptr[0];

    if (sequence.len == 1 && (first == '\t' || first == '\n' || first == '\r'))
        pl_buffer_add_char(out, ' ');
    else if (is_harmful(sequence))
        pl_buffer_add_text(out, utf8 ? REPLACEMENT : "?");
    else if (utf8 || sequence.len == 1)
        pl_buffer_add(out, sequence);
    else
        pl_buffer_add_text(out, ascii_of(sequence));
}

void pl_text_fold(struct pl_buffer *out, struct pl_str text, bool utf8)
{
    while (text.len > 0) {
        const size_t length = sequence_length(text);

        if (length == 0)
            pl_buffer_add_text(out, utf8 ? REPLACEMENT : "?");
        else
            fold_sequence(out, (struct pl_str){text.ptr, length}, utf8);
        text.ptr += length == 0 ? 1 : length;
        text.len -= length == 0 ? 1 : length;
    }
}

static void open_ink(struct pl_page *page, enum pl_ink ink)
{
    if (page->style.colours == PL_COLOURS_NONE || ink == PL_INK_PLAIN)
        return;
    pl_buffer_add_format(page->out, "\x1b[%sm",
                         page->style.colours == PL_COLOURS_256 ? INKS[ink].few : INKS[ink].many);
}

static void close_ink(struct pl_page *page, enum pl_ink ink)
{
    if (page->style.colours != PL_COLOURS_NONE && ink != PL_INK_PLAIN)
        pl_buffer_add_text(page->out, "\x1b[0m");
}

void pl_page_text(struct pl_page *page, enum pl_ink ink, struct pl_str text)
{
    open_ink(page, ink);
    pl_text_fold(page->out, text, page->style.utf8);
    close_ink(page, ink);
}

/* The bytes of the longest start of `text` that fits into `columns`; at least one character. */
static size_t fitting_length(struct pl_str text, size_t columns)
{
    size_t length = 0;
    size_t used = 0;

    while (length < text.len) {
        const struct pl_str left = {text.ptr + length, text.len - length};
        const size_t sequence = sequence_length(left);
        const size_t step = sequence == 0 ? 1 : sequence;
        const size_t wide = pl_str_columns((struct pl_str){left.ptr, step});

        if (used + wide > columns && length > 0)
            break;
        used += wide;
        length += step;
    }
    return length;
}

static void skip_blanks(struct pl_str *text)
{
    while (text->len > 0 && text->ptr[0] == ' ') {
        text->ptr++;
        text->len--;
    }
}

/* At a blank, but for the one between a figure and its percent sign. */
static bool may_break(struct pl_str text, size_t at)
{
    return text.ptr[at] == ' ' && (at + 1 == text.len || text.ptr[at + 1] != '%');
}

struct pl_str pl_text_take_line(struct pl_str *text, size_t columns)
{
    if (text->len == 0)
        return PL_STR("");
    skip_blanks(text);

    size_t length = fitting_length(*text, columns);

    if (length < text->len && !may_break(*text, length)) {
        size_t blank = length;

        while (blank > 0 && !may_break(*text, blank - 1))
            blank--;
        if (blank > 0)
            length = blank;
    }

    struct pl_str line = {text->ptr, length};

    text->ptr += length;
    text->len -= length;
    skip_blanks(text);
    while (line.len > 0 && line.ptr[line.len - 1] == ' ')
        line.len--;
    return line;
}

static void add_blanks(struct pl_buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pl_buffer_add_char(out, ' ');
}

/* Wraps folded text whose first line starts behind `margin.first` columns that are written already.
 */
static void write_wrapped(struct pl_page *page, struct pl_margin margin, struct pl_str folded)
{
    uint32_t indent = margin.first;

    do {
        const struct pl_str line = pl_text_take_line(&folded, page->style.columns - indent);

        pl_buffer_add(page->out, line);
        pl_buffer_add_char(page->out, '\n');
        indent = margin.rest;
        if (folded.len > 0)
            add_blanks(page->out, indent);
    } while (folded.len > 0);
}

static void fold_and_wrap(struct pl_page *page, struct pl_margin margin, struct pl_str text)
{
    struct pl_buffer folded;

    pl_buffer_init(&folded, 4 * text.len + 16);
    pl_text_fold(&folded, text, page->style.utf8);
    if (folded.failed != PL_OK)
        page->out->failed = folded.failed;
    write_wrapped(page, margin, pl_buffer_view(&folded));
    pl_buffer_deinit(&folded);
}

void pl_page_paragraph(struct pl_page *page, struct pl_margin margin, struct pl_str text)
{
    add_blanks(page->out, margin.first);
    fold_and_wrap(page, margin, text);
}

void pl_page_part(struct pl_page *page, struct pl_margin margin, struct pl_buffer *part)
{
    pl_page_paragraph(page, margin, pl_buffer_view(part));
    pl_buffer_end_part(page->out, part);
}

void pl_page_continue(struct pl_page *page, uint32_t columns, struct pl_str text)
{
    fold_and_wrap(page, (struct pl_margin){.first = columns, .rest = columns}, text);
}

void pl_page_item(struct pl_page *page, enum pl_ink ink, const char *glyph, struct pl_str text)
{
    add_blanks(page->out, 2);
    pl_page_text(page, ink, pl_str_of(glyph));
    add_blanks(page->out, 1);
    pl_page_continue(page, 4, text);
}

void pl_page_heading(struct pl_page *page, const char *text)
{
    pl_page_gap(page);
    pl_page_text(page, PL_INK_BOLD, pl_str_of(text));
    pl_buffer_add_char(page->out, '\n');
}

void pl_page_gap(struct pl_page *page)
{
    pl_buffer_add_char(page->out, '\n');
}
