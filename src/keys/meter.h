/*
 * The meters of one key: two buckets for speed and two amounts for budgets, each one 64-bit word that
 * is changed by compare-and-swap, so that any number of threads may use them at once.
 */
#ifndef PL_KEYS_METER_H
#define PL_KEYS_METER_H

#include "keys/keys.h"

#include <stdatomic.h>

/* An amount that belongs to a period: days since 1970, months since 1970, or 0 for all time. */
struct pl_amount {
    uint64_t period, amount;
};

/* What is kept of a key in the state. Money in units of pl_meter_money_units_per_one. */
struct pl_spent {
    struct pl_amount money, tokens;
    uint64_t money_total, tokens_total, requests_total;
    uint64_t used_ms; /* when a request was last taken, Unix; 0: never */
};

struct pl_meter {
    atomic_uint references;
    uint64_t units_per_one;                  /* of money */
    _Atomic uint64_t requests_at, tokens_at; /* buckets: the ns at which they are full again */
    _Atomic uint64_t money, tokens;          /* period and what is reserved or spent in it */
    _Atomic uint64_t money_settled, tokens_settled; /* period and what was settled, not yet saved */
    _Atomic uint64_t money_total, tokens_total, requests_total; /* not yet saved */
    _Atomic uint64_t used_ms;
    _Atomic uint64_t period; /* the latest that was seen, in full */
    /* Of the thread that saves. */
    struct pl_spent saved;   /* as the state holds it */
    struct pl_spent pending; /* taken out of the words, on its way into the state */
};

/* With what the state says was spent. NULL: no memory is left. */
struct pl_meter *pl_meter_new(const struct pl_key_terms *terms, const struct pl_spent *spent);
struct pl_meter *pl_meter_ref(struct pl_meter *meter);
void pl_meter_unref(struct pl_meter *meter);

/* As pl_keys_reserve and pl_keys_settle; `reservation` has its money and tokens. */
enum pl_key_answer pl_meter_take(struct pl_meter *meter, const struct pl_key_terms *terms,
                                 struct pl_reservation *reservation, uint64_t now_ms,
                                 struct pl_key_room *ret_room);
void pl_meter_settle(struct pl_meter *meter, const struct pl_key_terms *terms,
                     const struct pl_reservation *reservation, const struct pl_reservation *used,
                     uint64_t now_ms);

/* What was settled in the period of `now_ms` and in all, saved or not. */
struct pl_key_spent pl_meter_spent(const struct pl_meter *meter, const struct pl_key_terms *terms,
                                   uint64_t now_ms);

/* Saving: takes what is not yet saved into `pending`; false when there is nothing. Put back, it is
   taken again the next time. */
bool pl_meter_collect(struct pl_meter *meter);
void pl_meter_put_back(struct pl_meter *meter);
void pl_meter_saved(struct pl_meter *meter);

/* What `saved` will be with `pending` in it. */
struct pl_spent pl_meter_sum(const struct pl_meter *meter);

/* The state holds `spent`: what is more than was known is of other servers, and counts here as well. */
void pl_meter_learn(struct pl_meter *meter, const struct pl_spent *spent);

/* The number of the period that a time lies in, and when it ends; UINT64_MAX: never. */
uint64_t pl_period_of(enum pl_budget_period period, uint64_t time_ms);
uint64_t pl_period_end_ms(enum pl_budget_period period, uint64_t number);

#endif
