/*
 * Gaps split into mix and rates inside strata, on a page and as JSON. The sentences are shared by all
 * formats, and by the note beside a finding of the gate.
 */
#ifndef PL_REPORT_MIX_H
#define PL_REPORT_MIX_H

#include "base/json.h"
#include "mix/mix.h"
#include "report/report.h"

/* Whether an audit has anything to say of it. */
bool pl_mixes_worth_showing(const struct pl_mixes *mixes);

/* "Gaps within strata" */
extern const char PL_MIX_TITLE[];

/* What was split, and what is shown of it; a sentence or two. */
void pl_mixes_summary(const struct pl_mixes *mixes, const struct pl_measured *measured,
                      struct pl_buffer *out);

/*
 * "Simpson's paradox: overall selection_rate is higher for sex=male than for sex=female, 44.5 %
 * against 30.4 %; within department it is lower, by 3.6 points on average …". Where nothing turns
 * round: how the gap is split.
 */
void pl_mix_words(const struct pl_mix *mix, const struct pl_measured *measured,
                  struct pl_buffer *out);

/* "C" for the stratum of an item, and "sex=male" for a side. */
struct pl_str pl_mix_stratum_name(const struct pl_mix *mix, const struct pl_measured *measured,
                                  const struct pl_mix_stratum *stratum);
void pl_mix_side_words(const struct pl_mix *mix, const struct pl_measured *measured, int side,
                       struct pl_buffer *out);

/* A section of the page of an audit; nothing when there is nothing to say. */
void pl_mixes_page(const struct pl_mixes *mixes, const struct pl_measured *measured,
                   struct pl_page *page);

/* {…}: one split; with its strata, or in figures and words only. */
void pl_json_mix(struct pl_json *json, const struct pl_mix *mix, const struct pl_measured *measured,
                 bool with_strata);

/* "mix": {…} with its key. */
void pl_json_mixes(struct pl_json *json, const struct pl_mixes *mixes,
                   const struct pl_measured *measured);

#endif
