/* A card, checked offline: its own signature, and whether it stands on the record. */
#ifndef PL_CLI_LEDGER_CARD_H
#define PL_CLI_LEDGER_CARD_H

#include "card/signed.h"

/* What is no longer as the card shows it, by the latest verdict on the record. */
enum pl_card_change {
    PL_CARD_UNCHANGED,
    PL_CARD_OTHER_LINE,
    PL_CARD_OTHER_DATA,
    PL_CARD_OTHER_FIGURES,
    PL_CARD_OTHER_VERDICT,
};

/* What a record says of these, each as a hash, so that they are of one size. */
struct pl_card_facts {
    char feature[PL_LEDGER_HASH_TEXT_SIZE];
    char values[PL_CARD_OTHER_VERDICT + 1][PL_LEDGER_HASH_TEXT_SIZE]; /* by what would change */
};

struct pl_card_check {
    struct pl_card_signature signature;
    bool is_signed;             /* it ends in a signature */
    bool is_good;               /* which is one of its bytes, under the key it names */
    bool is_trusted;            /* which is the key that was demanded, or that of the ledger */
    bool with_ledger;           /* there is a ledger to look into */
    uint64_t block;             /* where the card is recorded; 0: it is not */
    struct pl_card_facts facts; /* of that record */
    enum pl_card_change change; /* the card is stale since */
    uint64_t change_block;      /* this verdict */
};

/* What to check it against. */
struct pl_card_check_request {
    const char *path;   /* of the card */
    const char *folder; /* of the ledger, which need not be there */
    const char *key;    /* the public key to demand; NULL: the ledger's own, where there is one */
};

/* Reads and checks the card. `ret_ledger` is the check of the chain. */
PL_MUST_CHECK enum pl_status pl_card_check_read(const struct pl_card_check_request *request,
                                                struct pl_card_check *ret_check,
                                                struct pl_ledger_check *ret_ledger,
                                                struct pl_error *error);

/* Whether nothing is wrong with it. Without a ledger a good signature is all there is to ask. */
bool pl_card_check_holds(const struct pl_card_check *check, const struct pl_ledger_check *ledger);

/* "line", "data", "figures", "verdict"; NULL while the card is current. */
const char *pl_card_change_name(enum pl_card_change change);

/* What is wrong, or right, in a sentence. */
const char *pl_card_check_text(const struct pl_card_check *check,
                               const struct pl_ledger_check *ledger);

#endif
