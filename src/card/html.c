/*
 * A card as one HTML file: the document as JSON inside the page of the web bundle, which draws it. The file
 * is signed as it stands, so what is drawn and what draws it are covered alike.
 */
#include "card/card.h"
#include "report/html.h"
#include "report/values.h"

/* As what each measure of the card is shown, which the program alone knows. */
static void write_figures(struct pl_json *json, const struct pl_body *measures)
{
    pl_json_key(json, "figures");
    pl_json_open_array(json);
    for (size_t i = 0; i < measures->count; i++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "name", measures->items[i].key);
        pl_json_member_text(json, "figure", pl_html_figure(measures->items[i].key));
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

void pl_card_html(const struct pl_body *card, struct pl_buffer *out)
{
    static const struct pl_html_page PAGE = {
        .title = "Model card",
        .without_script = "This card is drawn by the script inside it; allow scripts for this "
                          "file, or ask for the card as Markdown.",
    };
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer island = {0};
    struct pl_json json;

    pl_buffer_init(&island, PL_CARD_SIZE_BYTES_MAX);
    pl_json_init(&json, &island, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "card");
    pl_body_write(&json, card);
    write_figures(&json, pl_body_get(pl_body_get(card, "overall"), "measures"));
    pl_json_close_object(&json);
    pl_html_page(&PAGE, pl_buffer_view(&island), out);
    pl_buffer_end_part(out, &island);
}
