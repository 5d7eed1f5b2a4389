/*
 * A page of text for a terminal: paragraphs that wrap, headings, state glyphs, colours. Whatever
 * comes from data is made harmless first (no control characters reach the terminal), and is written
 * in ASCII when the locale is not UTF-8. Everything goes into a buffer; nothing prints.
 */
#ifndef PL_REPORT_PAGE_H
#define PL_REPORT_PAGE_H

#include "base/buffer.h"
#include "base/str.h"

#define PL_PAGE_COLUMNS_MAX 100
#define PL_PAGE_COLUMNS_MIN 40

enum pl_colours { PL_COLOURS_NONE, PL_COLOURS_256, PL_COLOURS_TRUE };

/* How the page may look: `columns` wide, in UTF-8 or in ASCII, with how many colours. */
struct pl_style {
    uint32_t columns;
    bool utf8;
    enum pl_colours colours;
};

/* The roles that text can have on a page. */
enum pl_ink {
    PL_INK_PLAIN,
    PL_INK_BOLD,
    PL_INK_QUIET,
    PL_INK_CLEAR,
    PL_INK_UNPROVEN,
    PL_INK_BREACH,
};

/* Neither is owned. */
struct pl_page {
    struct pl_buffer *out;
    struct pl_style style;
};

/* Where a paragraph stands: columns before its first line, and before those after it. */
struct pl_margin {
    uint32_t first;
    uint32_t rest;
};

/* A page of at most PL_PAGE_COLUMNS_MAX and at least PL_PAGE_COLUMNS_MIN columns. */
struct pl_page pl_page_of(struct pl_buffer *out, struct pl_style style);

/*
 * Writes text so that it is harmless on a terminal: control characters and direction overrides
 * become U+FFFD, blanks become one space each, invalid UTF-8 becomes U+FFFD. Without `utf8` known
 * signs get their ASCII form and all others become `?`.
 */
void pl_text_fold(struct pl_buffer *out, struct pl_str text, bool utf8);

/* Text in one ink, without a line end and without wrapping; folded. */
void pl_page_text(struct pl_page *page, enum pl_ink ink, struct pl_str text);

/* A paragraph in plain ink that wraps at the page's width and ends its line; folded. A word that is
   longer than a line is broken. */
void pl_page_paragraph(struct pl_page *page, struct pl_margin margin, struct pl_str text);

/* A paragraph of what `part` holds, which is done with then: see pl_buffer_end_part. */
void pl_page_part(struct pl_page *page, struct pl_margin margin, struct pl_buffer *part);

/* The rest of a paragraph whose line has `columns` written already, and which goes on at that
 * margin. */
void pl_page_continue(struct pl_page *page, uint32_t columns, struct pl_str text);

/* As pl_page_paragraph, with a glyph in its ink at the margin before the first line. */
void pl_page_item(struct pl_page *page, enum pl_ink ink, const char *glyph, struct pl_str text);

/* A heading in bold on its own line, with an empty line before it. */
void pl_page_heading(struct pl_page *page, const char *text);

/* An empty line. */
void pl_page_gap(struct pl_page *page);

/* The next piece of `text` that fits into `columns` (at least one character), broken at a blank
   where possible; moves `text` behind it. The text must be folded. */
struct pl_str pl_text_take_line(struct pl_str *text, size_t columns);

#endif
