/* Text within XML, for the formats that build servers read. */
#include "report/xml.h"

#include "report/page.h"

/* XML 1.0 knows no control characters, not even escaped: the fold has replaced them. U+FFFE and
   U+FFFF are not allowed either. */
void pl_xml_text(struct pl_buffer *out, struct pl_str text)
{
    struct pl_buffer folded;

    pl_buffer_init(&folded, 4 * text.len + 16);
    pl_text_fold(&folded, text, true);
    for (size_t i = 0; i < folded.len; i++) {
        const char *at = folded.ptr + i;

        if (pl_str_starts_with((struct pl_str){at, folded.len - i}, PL_STR("\xef\xbf\xbe")) ||
            pl_str_starts_with((struct pl_str){at, folded.len - i}, PL_STR("\xef\xbf\xbf"))) {
            pl_buffer_add_text(out, "\xef\xbf\xbd");
            i += 2;
        } else if (*at == '<') {
            pl_buffer_add_text(out, "&lt;");
        } else if (*at == '>') {
            pl_buffer_add_text(out, "&gt;");
        } else if (*at == '&') {
            pl_buffer_add_text(out, "&amp;");
        } else if (*at == '"') {
            pl_buffer_add_text(out, "&quot;");
        } else {
            pl_buffer_add_char(out, *at);
        }
    }
    if (folded.failed != PL_OK)
        out->failed = folded.failed;
    pl_buffer_deinit(&folded);
}
