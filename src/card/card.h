/*
 * The model card: what a line says of a feature and what the ledger says of its latest verdict, in
 * one document. Its figures are those of the record, number for number; nothing is measured here.
 * The document is made once, as JSON, and every form and pack is a view of that.
 */
#ifndef PL_CARD_CARD_H
#define PL_CARD_CARD_H

#include "ledger/body.h"
#include "line/line.h"

#define PL_CARD_EVENTS_MAX     50
#define PL_CARD_SIZE_BYTES_MAX ((size_t)64 << 20)

enum pl_card_audience { PL_CARD_PUBLIC, PL_CARD_AUDITOR, PL_CARD_REGULATOR };

/* A verdict or a sign-off on the record. Texts live in the arena of whoever gathered them. */
struct pl_card_event {
    uint64_t block;
    uint64_t time_ms;
    struct pl_str what; /* the verdict, or the role that signed */
    struct pl_str name; /* of who signed */
    struct pl_str reason;
    struct pl_str line_hash;
    struct pl_str data_hash;
    struct pl_str version;
    struct pl_str line; /* the record as it stands in the ledger, of a sign-off */
    bool allowed;
};

/* The latest of them, oldest first, and how many came before. */
struct pl_card_events {
    struct pl_card_event items[PL_CARD_EVENTS_MAX];
    size_t count;
    uint64_t omitted;
};

/* All that a card is made from. Nothing is owned. */
struct pl_card_source {
    const struct pl_line *line;
    const char *line_hash;
    const char *data_hash;
    const struct pl_body *verdict; /* the body of the latest verdict's record */
    struct pl_str verdict_line;    /* its line in the ledger */
    uint64_t verdict_block;
    uint64_t verdict_time_ms;
    struct pl_card_events verdicts;
    struct pl_card_events sign_offs;
    uint64_t ledger_block; /* the end of the chain when the card was made */
    const char *ledger_hash;
    const char *ledger_key;  /* public */
    const char *distributed; /* a date, or NULL */
    const char *version;
    enum pl_card_audience audience;
};

const char *pl_card_audience_name(enum pl_card_audience audience);

/* The document, in `arena`: whole, or with what its audience is not to see taken out. */
PL_MUST_CHECK enum pl_status pl_card_make(const struct pl_card_source *source,
                                          struct pl_arena *arena, struct pl_body **ret_card,
                                          struct pl_error *error);

/* "2026-03-01", by UTC. */
void pl_card_date(uint64_t time_ms, char ret_text[32]);

/* The forms. */
void pl_card_json(const struct pl_body *card, struct pl_buffer *out);
void pl_card_yaml(const struct pl_body *card, struct pl_buffer *out);
void pl_card_markdown(const struct pl_body *card, struct pl_buffer *out);
void pl_card_html(const struct pl_body *card, struct pl_buffer *out);

/* One section of the Markdown without its title, by name ("purpose", "bias_audit", "groups"). Nothing
   where the card has none. The name must be in the table of markdown.c. */
void pl_card_section(const struct pl_body *card, struct pl_str name, struct pl_buffer *out);

/* What a section is called, and which member of the document it is made from; of a name in the table. */
struct pl_card_section_about {
    const char *title;
    const char *member;
};
struct pl_card_section_about pl_card_section_about(struct pl_str name);

#endif
