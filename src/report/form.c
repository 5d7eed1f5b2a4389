/* Each part asks once in which form it is written. */
#include "report/form.h"

#include "report/markdown.h"

void pl_form_paragraph(struct pl_form *form, uint32_t margin)
{
    if (form->markdown) {
        pl_markdown_part(form->page.out, &form->part);
        pl_buffer_add_text(form->page.out, "\n\n");
    } else {
        pl_page_part(&form->page, (struct pl_margin){margin, margin}, &form->part);
    }
}

void pl_form_heading(struct pl_form *form, const char *text)
{
    if (form->markdown)
        pl_buffer_add_format(form->page.out, "\n### %s\n\n", text);
    else
        pl_page_heading(&form->page, text);
}

void pl_form_item(struct pl_str item, void *context)
{
    struct pl_form *form = context;

    if (form->markdown) {
        pl_buffer_add_text(form->page.out, "- ");
        pl_markdown_text(form->page.out, item);
        pl_buffer_add_char(form->page.out, '\n');
    } else {
        pl_page_item(&form->page, PL_INK_PLAIN, "·", item);
    }
}

void pl_form_table_begin(struct pl_form *form, struct pl_table *table,
                         const struct pl_table_column *columns, size_t columns_count,
                         size_t rows_max)
{
    if (!form->markdown)
        pl_page_gap(&form->page);
    pl_table_init(table, columns, columns_count, rows_max, form->markdown || form->page.style.utf8);
}

void pl_form_table_end(struct pl_form *form, struct pl_table *table)
{
    if (form->markdown)
        pl_markdown_table(table, form->page.out);
    else
        pl_table_write(table, &form->page, PL_FORM_INDENT);
    pl_table_deinit(table);
}
