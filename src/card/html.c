/*
 * A card as one HTML file: the document as JSON inside the page of the web bundle, which draws it. The file
 * is signed as it stands, so what is drawn and what draws it are covered alike.
 */
#include "report/html.h"

#include "card/card.h"

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
    pl_json_close_object(&json);
    pl_html_page(&PAGE, pl_buffer_view(&island), out);
    pl_buffer_end_part(out, &island);
}
