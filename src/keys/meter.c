/*
 * Words that are changed by compare-and-swap.
 *
 * Speed is the generic cell rate algorithm: the word is the time at which the bucket is full again. A
 * bucket holds a minute, so that what is taken at `now` must keep the word within now + one minute.
 * A debt (more used than was reserved) is at most one minute more; a word further off than that comes
 * of a clock that went back, and the bucket is then taken to be empty.
 *
 * A budget is a word of two parts, the low 12 bits of the period's number and 52 bits of what is
 * reserved or spent in it, so that the amount begins at nothing in the same step in which the period
 * changes. A period that is behind the word's is a clock that went back: the word's own goes on. Periods
 * are compared modulo 4096, which for days is eleven years; an empty word takes any period.
 */
#include "keys/meter.h"

#include <math.h>
#include <stdlib.h>

#define MINUTE_NS     UINT64_C(60000000000)
#define MS_IN_NS      UINT64_C(1000000)
#define DAY_MS        UINT64_C(86400000)
#define PERIOD_BITS   12
#define AMOUNT_BITS   (64 - PERIOD_BITS)
#define AMOUNT_MAX    ((UINT64_C(1) << AMOUNT_BITS) - 1)
#define PERIOD_MASK   ((UINT64_C(1) << PERIOD_BITS) - 1)
#define PERIOD_BEHIND (UINT64_C(1) << (PERIOD_BITS - 1))
#define FINE_UNITS    UINT64_C(1000000000)
#define COARSE_UNITS  UINT64_C(1000000)
#define FINE_MAX      1e6

__extension__ typedef unsigned __int128 wide;

/* ---- periods ---- */

/* Days from 1970-01-01 to the first of a month, proleptic Gregorian calendar (H. Hinnant). */
static uint64_t days_before(uint64_t year, uint64_t month)
{
    const uint64_t y = month <= 2 ? year - 1 : year;
    const uint64_t era = y / 400, of_era = y % 400;
    const uint64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Months from 1970-01 to the one that holds a day. */
static uint64_t months_before(uint64_t days)
{
    const uint64_t shifted = days + 719468;
    const uint64_t era = shifted / 146097, of_era = shifted % 146097;
    const uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t from_march = (5 * of_year + 2) / 153;
    const uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const uint64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);

    return (year - 1970) * 12 + month - 1;
}

uint64_t pl_period_of(enum pl_budget_period period, uint64_t time_ms)
{
    if (period == PL_BUDGET_TOTAL)
        return 0;
    return period == PL_BUDGET_DAY ? time_ms / DAY_MS : months_before(time_ms / DAY_MS);
}

uint64_t pl_period_end_ms(enum pl_budget_period period, uint64_t number)
{
    if (period == PL_BUDGET_TOTAL)
        return UINT64_MAX;
    if (period == PL_BUDGET_DAY)
        return (number + 1) * DAY_MS;
    return days_before(1970 + (number + 1) / 12, (number + 1) % 12 + 1) * DAY_MS;
}

/* ---- amounts of a period ---- */

static uint64_t word_of(uint64_t period, uint64_t amount)
{
    return (period & PERIOD_MASK) << AMOUNT_BITS | (amount < AMOUNT_MAX ? amount : AMOUNT_MAX);
}

static uint64_t amount_of(uint64_t word)
{
    return word & AMOUNT_MAX;
}

static uint16_t period_of(uint64_t word)
{
    return (uint16_t)(word >> AMOUNT_BITS);
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* How far `period` is ahead of the word's; behind is PERIOD_BEHIND or more. */
static uint64_t ahead_of(uint64_t word, uint64_t period)
{
    return (period - (word >> AMOUNT_BITS)) & PERIOD_MASK;
}

/* The word as it is in `period`: begun anew when that one is later. */
static uint64_t rolled(uint64_t word, uint64_t period)
{
    const uint64_t ahead = ahead_of(word, period);

    if (ahead == 0 || (ahead >= PERIOD_BEHIND && amount_of(word) != 0))
        return word;
    return word_of(period, 0);
}

/* Takes `amount` if no more than `max` (0: no bound) is then taken in the period. */
static bool amount_take(_Atomic uint64_t *word, uint64_t amount, uint64_t max, uint64_t period,
                        uint16_t *ret_period)
{
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
    uint64_t next = 0;

    do {
        const uint64_t now = rolled(old, period);
        const uint64_t used = amount_of(now);

        if (max != 0 && (used >= max || amount > max - used))
            return false;
        next = word_of(period_of(now), plus(used, amount));
    } while (!atomic_compare_exchange_weak_explicit(word, &old, next, memory_order_acq_rel,
                                                    memory_order_relaxed));
    *ret_period = period_of(next);
    return true;
}

/* In the place of what was reserved comes what was used, if that period is not over. */
static void amount_settle(_Atomic uint64_t *word, uint64_t reserved, uint64_t used, uint16_t period)
{
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
    uint64_t next = 0;

    if (reserved == used)
        return;
    do {
        const uint64_t amount = amount_of(old);

        if (period_of(old) != period)
            return;
        next = word_of(period, plus(amount > reserved ? amount - reserved : 0, used));
    } while (!atomic_compare_exchange_weak_explicit(word, &old, next, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

/* Adds to what was settled; of an earlier period than the word's nothing is kept. */
static void amount_add(_Atomic uint64_t *word, uint64_t amount, uint64_t period)
{
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
    uint64_t now = 0;

    if (amount == 0)
        return;
    do {
        now = rolled(old, period);
        if (period_of(now) != (period & PERIOD_MASK))
            return;
    } while (!atomic_compare_exchange_weak_explicit(word, &old,
                                                    word_of(period, plus(amount_of(now), amount)),
                                                    memory_order_acq_rel, memory_order_relaxed));
}

static void total_add(_Atomic uint64_t *total, uint64_t amount)
{
    if (amount != 0)
        (void)atomic_fetch_add_explicit(total, amount, memory_order_relaxed);
}

/* ---- buckets ---- */

static uint64_t cost_ns(uint64_t amount, uint64_t per_minute)
{
    const wide cost = (wide)amount * MINUTE_NS / per_minute;

    return cost > 2 * MINUTE_NS ? 2 * MINUTE_NS : (uint64_t)cost;
}

/* When the bucket is full again, seen from now. */
static uint64_t full_at(uint64_t at, uint64_t now_ns)
{
    if (at > now_ns + 2 * MINUTE_NS)
        return now_ns + MINUTE_NS;
    return at > now_ns ? at : now_ns;
}

/* Takes it if it is there; else says how long until it is. */
static bool bucket_take(_Atomic uint64_t *at, uint64_t cost, uint64_t now_ns, uint64_t *ret_wait_ns)
{
    uint64_t old = atomic_load_explicit(at, memory_order_relaxed);
    uint64_t next = 0;
    bool room = false;

    do {
        const uint64_t full = full_at(old, now_ns);

        room = full + cost <= now_ns + MINUTE_NS;
        next = room ? full + cost : full;
        *ret_wait_ns = room ? 0 : full + cost - now_ns - MINUTE_NS;
        if (!room && old <= now_ns + 2 * MINUTE_NS)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(at, &old, next, memory_order_acq_rel,
                                                    memory_order_relaxed));
    return room;
}

static void bucket_give(_Atomic uint64_t *at, uint64_t cost)
{
    uint64_t old = atomic_load_explicit(at, memory_order_relaxed);

    while (!atomic_compare_exchange_weak_explicit(at, &old, old > cost ? old - cost : 0,
                                                  memory_order_acq_rel, memory_order_relaxed))
        ;
}

/* Takes it whether it is there or not. */
static void bucket_owe(_Atomic uint64_t *at, uint64_t cost, uint64_t now_ns)
{
    uint64_t old = atomic_load_explicit(at, memory_order_relaxed);
    uint64_t next = 0;

    do {
        next = full_at(old, now_ns) + cost;
        if (next > now_ns + 2 * MINUTE_NS)
            next = now_ns + 2 * MINUTE_NS;
    } while (!atomic_compare_exchange_weak_explicit(at, &old, next, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

static void bucket_room(const _Atomic uint64_t *at, uint64_t per_minute, uint64_t now_ns,
                        uint64_t *ret_left, uint64_t *ret_reset_ms)
{
    const uint64_t full = full_at(
        atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)at, memory_order_relaxed), now_ns);
    const uint64_t room_ns = full < now_ns + MINUTE_NS ? now_ns + MINUTE_NS - full : 0;

    /* Costs are rounded down to whole ns; what is left must not lose one for it. */
    *ret_left = (uint64_t)(((wide)room_ns * per_minute) / MINUTE_NS);
    *ret_reset_ms = (full - now_ns + MS_IN_NS - 1) / MS_IN_NS;
}

/* ---- the meter ---- */

/* Money as a count of units: upwards for what may be spent, to the nearest for what was. What is a
   whole count but for the last bits of the product, such as 0.001499 in billionths, is that count. */
static uint64_t units_of(const struct pl_meter *meter, double money, bool upwards)
{
    const double units = money * (double)meter->units_per_one;

    if (!(units > 0))
        return 0;
    if (units >= (double)AMOUNT_MAX)
        return AMOUNT_MAX;
    return (uint64_t)(upwards ? ceil(units - units * 0x1p-51) : round(units));
}

struct pl_meter *pl_meter_new(const struct pl_key_terms *terms, const struct pl_spent *spent)
{
    struct pl_meter *meter = calloc(1, sizeof *meter);

    if (meter == NULL)
        return NULL;
    atomic_init(&meter->references, 1);
    meter->units_per_one = terms->money_max > FINE_MAX ? COARSE_UNITS : FINE_UNITS;
    atomic_init(&meter->money, word_of(spent->money.period, spent->money.amount));
    atomic_init(&meter->tokens, word_of(spent->tokens.period, spent->tokens.amount));
    atomic_init(&meter->period, spent->money.period > spent->tokens.period ? spent->money.period
                                                                           : spent->tokens.period);
    meter->saved = *spent;
    return meter;
}

struct pl_meter *pl_meter_ref(struct pl_meter *meter)
{
    (void)atomic_fetch_add_explicit(&meter->references, 1, memory_order_relaxed);
    return meter;
}

void pl_meter_unref(struct pl_meter *meter)
{
    if (meter != NULL &&
        atomic_fetch_sub_explicit(&meter->references, 1, memory_order_acq_rel) == 1)
        free(meter);
}

static const char *const BUDGET_WORDS[][2] = {
    [PL_BUDGET_DAY] = {"money a day", "tokens a day"},
    [PL_BUDGET_MONTH] = {"money a month", "tokens a month"},
    [PL_BUDGET_TOTAL] = {"money in all", "tokens in all"},
};

/* The latest of what was seen. */
static void see(_Atomic uint64_t *latest, uint64_t now)
{
    uint64_t seen = atomic_load_explicit(latest, memory_order_relaxed);

    while (seen < now && !atomic_compare_exchange_weak_explicit(
                             latest, &seen, now, memory_order_relaxed, memory_order_relaxed))
        ;
}

/* Both budgets or none. */
static enum pl_key_answer take_budget(struct pl_meter *meter, const struct pl_key_terms *terms,
                                      struct pl_reservation *reservation, uint64_t now_ms,
                                      struct pl_key_room *room)
{
    const uint64_t period = pl_period_of(terms->period, now_ms);
    const uint64_t money_max = units_of(meter, terms->money_max, false);
    bool is_tokens = false;

    see(&meter->period, period);
    reservation->money_units = units_of(meter, reservation->money, true);
    if (amount_take(&meter->money, reservation->money_units, money_max, period,
                    &reservation->money_period)) {
        if (amount_take(&meter->tokens, reservation->tokens, terms->tokens_max, period,
                        &reservation->tokens_period))
            return PL_KEY_OK;
        amount_settle(&meter->money, reservation->money_units, 0, reservation->money_period);
        is_tokens = true;
    }

    const uint64_t end_ms =
        pl_period_end_ms(terms->period, atomic_load_explicit(&meter->period, memory_order_relaxed));

    room->what = BUDGET_WORDS[terms->period][is_tokens];
    room->retry_after_ms = end_ms == UINT64_MAX || end_ms < now_ms ? 0 : end_ms - now_ms;
    return PL_KEY_NO_BUDGET;
}

static enum pl_key_answer too_fast(struct pl_key_room *room, const char *what, uint64_t wait_ns)
{
    room->what = what;
    room->retry_after_ms = (wait_ns + MS_IN_NS - 1) / MS_IN_NS;
    return PL_KEY_TOO_FAST;
}

static enum pl_key_answer take_tokens(struct pl_meter *meter, const struct pl_key_terms *terms,
                                      struct pl_reservation *reservation, uint64_t now_ms,
                                      struct pl_key_room *room)
{
    const uint64_t rate = terms->tokens_per_minute;
    uint64_t wait_ns = 0;

    if (rate == 0)
        return take_budget(meter, terms, reservation, now_ms, room);
    if (reservation->tokens > rate)
        return too_fast(room, "tokens a minute", 0);

    const uint64_t cost = cost_ns(reservation->tokens, rate);

    if (!bucket_take(&meter->tokens_at, cost, now_ms * MS_IN_NS, &wait_ns))
        return too_fast(room, "tokens a minute", wait_ns);

    const enum pl_key_answer answer = take_budget(meter, terms, reservation, now_ms, room);

    if (answer != PL_KEY_OK)
        bucket_give(&meter->tokens_at, cost);
    return answer;
}

static enum pl_key_answer take_request(struct pl_meter *meter, const struct pl_key_terms *terms,
                                       struct pl_reservation *reservation, uint64_t now_ms,
                                       struct pl_key_room *room)
{
    uint64_t wait_ns = 0;

    if (terms->requests_per_minute == 0)
        return take_tokens(meter, terms, reservation, now_ms, room);

    const uint64_t cost = cost_ns(1, terms->requests_per_minute);

    if (!bucket_take(&meter->requests_at, cost, now_ms * MS_IN_NS, &wait_ns))
        return too_fast(room, "requests a minute", wait_ns);

    const enum pl_key_answer answer = take_tokens(meter, terms, reservation, now_ms, room);

    if (answer != PL_KEY_OK)
        bucket_give(&meter->requests_at, cost);
    return answer;
}

enum pl_key_answer pl_meter_take(struct pl_meter *meter, const struct pl_key_terms *terms,
                                 struct pl_reservation *reservation, uint64_t now_ms,
                                 struct pl_key_room *ret_room)
{
    struct pl_key_room room = {
        .requests_limit = terms->requests_per_minute,
        .tokens_limit = terms->tokens_per_minute,
    };
    const enum pl_key_answer answer = take_request(meter, terms, reservation, now_ms, &room);

    if (answer == PL_KEY_OK) {
        total_add(&meter->requests_total, 1);
        see(&meter->used_ms, now_ms);
    }
    if (room.requests_limit != 0)
        bucket_room(&meter->requests_at, room.requests_limit, now_ms * MS_IN_NS,
                    &room.requests_left, &room.requests_reset_ms);
    if (room.tokens_limit != 0)
        bucket_room(&meter->tokens_at, room.tokens_limit, now_ms * MS_IN_NS, &room.tokens_left,
                    &room.tokens_reset_ms);
    *ret_room = room;
    return answer;
}

/* The number of a period, whose low bits are known, in full: it is near the latest that was seen. */
static uint64_t period_in_full(const struct pl_meter *meter, uint64_t low)
{
    const uint64_t latest = atomic_load_explicit(&meter->period, memory_order_relaxed);
    const uint64_t ahead = (low - latest) & PERIOD_MASK;

    return ahead < PERIOD_BEHIND ? latest + ahead : latest - (PERIOD_MASK + 1 - ahead);
}

void pl_meter_settle(struct pl_meter *meter, const struct pl_key_terms *terms,
                     const struct pl_reservation *reservation, const struct pl_reservation *used,
                     uint64_t now_ms)
{
    const uint64_t rate = terms->tokens_per_minute;
    const uint64_t units = units_of(meter, used->money, false);

    amount_settle(&meter->money, reservation->money_units, units, reservation->money_period);
    amount_settle(&meter->tokens, reservation->tokens, used->tokens, reservation->tokens_period);
    amount_add(&meter->money_settled, units, reservation->money_period);
    amount_add(&meter->tokens_settled, used->tokens, reservation->tokens_period);
    total_add(&meter->money_total, units);
    total_add(&meter->tokens_total, used->tokens);
    if (rate != 0 && used->tokens < reservation->tokens)
        bucket_give(&meter->tokens_at, cost_ns(reservation->tokens - used->tokens, rate));
    else if (rate != 0 && used->tokens > reservation->tokens)
        bucket_owe(&meter->tokens_at, cost_ns(used->tokens - reservation->tokens, rate),
                   now_ms * MS_IN_NS);
}

/* ---- saving ---- */

static void take_amount(struct pl_meter *meter, _Atomic uint64_t *word, struct pl_amount *pending)
{
    uint64_t old = atomic_load_explicit(word, memory_order_relaxed);

    while (!atomic_compare_exchange_weak_explicit(word, &old, word_of(period_of(old), 0),
                                                  memory_order_acq_rel, memory_order_relaxed))
        ;
    *pending = (struct pl_amount){period_in_full(meter, period_of(old)), amount_of(old)};
}

bool pl_meter_collect(struct pl_meter *meter)
{
    struct pl_spent *pending = &meter->pending;

    take_amount(meter, &meter->money_settled, &pending->money);
    take_amount(meter, &meter->tokens_settled, &pending->tokens);
    pending->money_total = atomic_exchange_explicit(&meter->money_total, 0, memory_order_relaxed);
    pending->tokens_total = atomic_exchange_explicit(&meter->tokens_total, 0, memory_order_relaxed);
    pending->requests_total =
        atomic_exchange_explicit(&meter->requests_total, 0, memory_order_relaxed);
    return pending->money_total != 0 || pending->tokens_total != 0 || pending->requests_total != 0;
}

void pl_meter_put_back(struct pl_meter *meter)
{
    const struct pl_spent *pending = &meter->pending;

    amount_add(&meter->money_settled, pending->money.amount, pending->money.period);
    amount_add(&meter->tokens_settled, pending->tokens.amount, pending->tokens.period);
    total_add(&meter->money_total, pending->money_total);
    total_add(&meter->tokens_total, pending->tokens_total);
    total_add(&meter->requests_total, pending->requests_total);
    meter->pending = (struct pl_spent){0};
}

/* Of two periods the later one counts. */
static struct pl_amount amounts_sum(struct pl_amount a, struct pl_amount b)
{
    if (b.amount == 0 || (b.period < a.period && a.amount != 0))
        return a;
    if (b.period != a.period)
        return b;
    return (struct pl_amount){a.period, plus(a.amount, b.amount)};
}

static uint64_t last_use(const struct pl_meter *meter)
{
    const uint64_t here =
        atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&meter->used_ms, memory_order_relaxed);

    return here > meter->saved.used_ms ? here : meter->saved.used_ms;
}

struct pl_spent pl_meter_sum(const struct pl_meter *meter)
{
    const struct pl_spent *a = &meter->saved, *b = &meter->pending;

    return (struct pl_spent){
        .money = amounts_sum(a->money, b->money),
        .tokens = amounts_sum(a->tokens, b->tokens),
        .money_total = plus(a->money_total, b->money_total),
        .tokens_total = plus(a->tokens_total, b->tokens_total),
        .requests_total = plus(a->requests_total, b->requests_total),
        .used_ms = last_use(meter),
    };
}

void pl_meter_saved(struct pl_meter *meter)
{
    meter->saved = pl_meter_sum(meter);
    meter->pending = (struct pl_spent){0};
}

static void learn(struct pl_meter *meter, _Atomic uint64_t *word, struct pl_amount known,
                  struct pl_amount now)
{
    const uint64_t before = known.period == now.period ? known.amount : 0;
    uint16_t period = 0;

    /* Of a period that is over here nothing is taken. */
    if (now.amount <= before ||
        now.period < atomic_load_explicit(&meter->period, memory_order_relaxed))
        return;
    see(&meter->period, now.period);
    (void)amount_take(word, now.amount - before, 0, now.period, &period);
}

void pl_meter_learn(struct pl_meter *meter, const struct pl_spent *spent)
{
    learn(meter, &meter->money, meter->saved.money, spent->money);
    learn(meter, &meter->tokens, meter->saved.tokens, spent->tokens);
    meter->saved = *spent;
}

static uint64_t amount_in(struct pl_amount saved, uint64_t word, uint64_t period)
{
    return (saved.period == period ? saved.amount : 0) +
           (ahead_of(word, period) == 0 ? amount_of(word) : 0);
}

struct pl_key_spent pl_meter_spent(const struct pl_meter *meter, const struct pl_key_terms *terms,
                                   uint64_t now_ms)
{
    const uint64_t period = pl_period_of(terms->period, now_ms);
    const double one = (double)meter->units_per_one;
    const struct pl_spent *saved = &meter->saved;

    return (struct pl_key_spent){
        .money = (double)amount_in(saved->money, atomic_load(&meter->money_settled), period) / one,
        .tokens = amount_in(saved->tokens, atomic_load(&meter->tokens_settled), period),
        .money_total = (double)(saved->money_total + atomic_load(&meter->money_total)) / one,
        .tokens_total = saved->tokens_total + atomic_load(&meter->tokens_total),
        .requests_total = saved->requests_total + atomic_load(&meter->requests_total),
        .used_ms = last_use(meter),
    };
}
