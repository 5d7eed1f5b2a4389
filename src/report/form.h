/*
 * A result on a page in one of two forms: for the terminal, or as Markdown. Paragraphs, headings, items and tables
 * are written once for both.
 */
#ifndef PL_REPORT_FORM_H
#define PL_REPORT_FORM_H

#include "report/page.h"
#include "report/table.h"

#define PL_FORM_INDENT 2 /* of tables and notes, in columns */

struct pl_form {
    struct pl_page page;
    bool markdown;
    struct pl_buffer part; /* scratch for one cell or sentence */
};

/* What is in `part`, as a paragraph; and what stands before the next one. */
void pl_form_paragraph(struct pl_form *form, uint32_t margin);
void pl_form_heading(struct pl_form *form, const char *text);

/* An item of a list; `context` is the form. */
void pl_form_item(struct pl_str item, void *context);

/* A table with so many rows at most, and writing it, which frees it. */
void pl_form_table_begin(struct pl_form *form, struct pl_table *table,
                         const struct pl_table_column *columns, size_t columns_count,
                         size_t rows_max);
void pl_form_table_end(struct pl_form *form, struct pl_table *table);

#endif
