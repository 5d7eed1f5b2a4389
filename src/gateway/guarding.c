/*
 * An event waits until the text in it is settled, and with it all events behind. So a client sees the same as if
 * the whole text had been looked at before the first word.
 */
#include "gateway/guarding.h"

#include "base/json.h"
#include "gateway/gateway_state.h"
#include "gateway/looking.h"
#include "gateway/texts.h"
#include "guard/guard.h"

#include <string.h>

#define CHOICES_MAX 8 /* of a stream that passes guards */

static const char *const REQUEST_NAMES[] = {"content",      "prompt", "input",
                                            "instructions", "text",   NULL};
static const char *const ANSWER_NAMES[] = {"content", "text", NULL};

/* An event that waits. */
struct waiting {
    size_t from, len;  /* in `events` */
    size_t start, end; /* of its text, in that of its choice */
    uint32_t choice;
    bool has_text;
    bool is_silent; /* it says nothing: who speaks, or that the end is near */
};

struct pl_guarding {
    struct pl_guard_pass passes[CHOICES_MAX];
    bool begun[CHOICES_MAX];
    struct pl_buffer events; /* those that wait, one behind the other */
    struct pl_buffer queue;  /* struct waiting */
    size_t queue_at;         /* those before it have gone out */
    bool spoken;             /* one that says something was among them */
    bool ended;
};

/* ---- what was found ---- */

static void note_hit(struct pl_decision *decision, const struct pl_guard_hit *hit)
{
    for (size_t i = 0; i < decision->hits_count; i++) {
        struct pl_guard_hit *known = &decision->hits[i];

        if (known->row != hit->row || known->of_answer != hit->of_answer)
            continue;
        known->count += hit->count;
        known->stopped = known->stopped || hit->stopped;
        if (hit->reason != PL_GUARD_PASSES)
            known->reason = hit->reason;
        return;
    }
    if (decision->hits_count < PL_GUARD_HITS_MAX)
        decision->hits[decision->hits_count++] = *hit;
}

/* What one pass found, once it is over. */
static void note_pass(struct pl_decision *decision, const struct pl_guard_pass *pass,
                      bool of_answer)
{
    struct pl_guard_hits found;

    for (size_t i = 0; pl_guard_pass_hits(pass, i, &found); i++)
        if (found.count > 0)
            note_hit(decision, &(struct pl_guard_hit){
                                   .row = found.row, .of_answer = of_answer, .count = found.count});
    if (pass->stopped.reason != PL_GUARD_PASSES)
        note_hit(decision, &(struct pl_guard_hit){.row = pass->stopped.row,
                                                  .of_answer = of_answer,
                                                  .reason = pass->stopped.reason,
                                                  .stopped = true});
}

static enum pl_guarded guarded_of(const struct pl_guard_stop *stop)
{
    if (stop->reason == PL_GUARD_PASSES)
        return PL_GUARDED_PASSES;
    return stop->reason == PL_GUARD_FOUND && stop->row != NULL && stop->row->act == PL_GUARD_RETRY
               ? PL_GUARDED_RETRY
               : PL_GUARDED_BLOCKED;
}

/* Memory was wanting: nothing is known of the text, so nothing of it goes on. */
static enum pl_guarded unknown(struct pl_decision *decision, bool of_answer)
{
    note_hit(decision, &(struct pl_guard_hit){
                           .of_answer = of_answer, .reason = PL_GUARD_TOO_COSTLY, .stopped = true});
    return PL_GUARDED_BLOCKED;
}

/* ---- whole texts ---- */

struct looking {
    struct pl_decision *decision;
    const struct pl_guard_chain *chain;
    bool of_answer;
    enum pl_guarded result;
};

static struct pl_guard_options options_of(const struct pl_decision *decision,
                                          const struct pl_guard_chain *chain, bool of_answer)
{
    return (struct pl_guard_options){
        .chain = chain,
        .scratch = decision->worker->guard_scratch,
        .json_wanted = of_answer && decision->ask.json_wanted,
    };
}

static enum pl_text_act look(struct pl_str text, struct pl_buffer *out, void *context)
{
    struct looking *looking = context;
    const struct pl_guard_options options =
        options_of(looking->decision, looking->chain, looking->of_answer);
    struct pl_guard_pass pass;
    enum pl_text_act act = PL_TEXT_STOP;

    if (text.len == 0)
        return PL_TEXT_KEEP;
    if (pl_guard_pass_init(&pass, &options, NULL) != PL_OK) {
        looking->result = unknown(looking->decision, looking->of_answer);
        return PL_TEXT_STOP;
    }
    if (pl_guard_pass_feed(&pass, text, NULL) != PL_OK ||
        pl_guard_pass_finish(&pass, NULL) != PL_OK)
        looking->result = unknown(looking->decision, looking->of_answer);
    else
        looking->result = guarded_of(&pass.stopped);
    note_pass(looking->decision, &pass, looking->of_answer);
    if (looking->result == PL_GUARDED_PASSES) {
        act = pass.edits_count > 0 ? PL_TEXT_REPLACE : PL_TEXT_KEEP;
        if (act == PL_TEXT_REPLACE)
            pl_guard_pass_rewrite(&pass, 0, text.len, out);
    }
    pl_guard_pass_deinit(&pass);
    return act;
}

/* Takes all texts of a body through the chain. What could not be looked at does not pass. */
static enum pl_guarded look_at_body(struct looking *looking, struct pl_str body,
                                    const char *const *names, struct pl_buffer *out,
                                    bool *ret_changed)
{
    const struct pl_texts texts = {
        .names = names,
        .all = looking->decision->ask.api == PL_API_DECIDE,
        .document = looking->decision->worker->answered,
        .visit = look,
        .context = looking,
    };

    looking->result = PL_GUARDED_PASSES;
    if (pl_texts_rewrite(&texts, body, out, ret_changed))
        return PL_GUARDED_PASSES;
    return looking->result == PL_GUARDED_PASSES ? unknown(looking->decision, looking->of_answer)
                                                : looking->result;
}

bool pl_guarding_request(struct pl_decision *decision)
{
    struct looking looking = {.decision = decision,
                              .chain = decision->outlet->plan->guards_of_requests};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    bool changed = false;

    if (pl_guard_chain_is_empty(looking.chain))
        return true;
    pl_buffer_init(&body, decision->ask.body.len * 2 + ((size_t)1 << 20));
    if (look_at_body(&looking, decision->ask.body, REQUEST_NAMES, &body, &changed) !=
        PL_GUARDED_PASSES)
        return false;
    if (!changed)
        return true;
    decision->ask.body = pl_arena_copy(&decision->arena, pl_buffer_view(&body));
    decision->ask.text = (struct pl_str){0}; /* it may have what was masked */
    return decision->ask.body.ptr != NULL;
}

bool pl_guarding_answers(const struct pl_decision *decision)
{
    return decision->ask.api != PL_API_EMBEDDINGS &&
           !pl_guard_chain_is_empty(decision->outlet->plan->guards_of_answers);
}

/* The text of an answer is what goes out, also for the record. */
static void hear_again(struct pl_leg *leg)
{
    struct pl_json_document *document = leg->decision->worker->answered;
    struct pl_heard heard = {0};

    pl_buffer_reset(&leg->text);
    if (pl_json_document_read(document, pl_buffer_view(&leg->body), NULL) != PL_OK ||
        pl_heard_add(&heard, &leg->decision->ask, false, pl_json_document_root(document),
                     &leg->text) != PL_OK)
        pl_buffer_reset(&leg->text);
}

enum pl_guarded pl_guarding_whole(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;
    struct looking looking = {.decision = decision,
                              .chain = decision->outlet->plan->guards_of_answers,
                              .of_answer = true};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    enum pl_guarded result;
    bool changed = false;

    pl_buffer_init(&body, leg->body.size_bytes_max);
    result = look_at_body(&looking, pl_buffer_view(&leg->body), ANSWER_NAMES, &body, &changed);
    if (result != PL_GUARDED_PASSES || !changed)
        return result;

    const struct pl_unasked unasked = {.logprobs = leg->heard.has_logprobs};

    /* Log probabilities tell the tokens that were masked. */
    pl_buffer_reset(&leg->body);
    pl_answer_trim(pl_buffer_view(&body), &unasked, &leg->body);
    if (leg->body.failed != PL_OK)
        return unknown(decision, true);
    hear_again(leg);
    return result;
}

/* ---- streams ---- */

static bool begin(struct pl_leg *leg)
{
    struct pl_guarding *guarding = pl_arena_alloc(&leg->decision->arena, sizeof *guarding);

    if (guarding == NULL)
        return false;
    *guarding = (struct pl_guarding){0};
    pl_buffer_init(&guarding->events, leg->held.size_bytes_max);
    pl_buffer_init(&guarding->queue, leg->held.size_bytes_max);
    leg->guarding = guarding;
    return true;
}

void pl_guarding_free(struct pl_leg *leg)
{
    struct pl_guarding *guarding = leg->guarding;

    if (guarding == NULL)
        return;
    for (size_t i = 0; i < CHOICES_MAX; i++)
        if (guarding->begun[i])
            pl_guard_pass_deinit(&guarding->passes[i]);
    pl_buffer_deinit(&guarding->events);
    pl_buffer_deinit(&guarding->queue);
    leg->guarding = NULL;
}

/* The pass of a choice; NULL when there is no room for one more. */
static struct pl_guard_pass *pass_of(struct pl_leg *leg, uint64_t choice)
{
    struct pl_guarding *guarding = leg->guarding;

    if (choice >= CHOICES_MAX)
        return NULL;
    if (!guarding->begun[choice]) {
        const struct pl_guard_options options =
            options_of(leg->decision, leg->decision->outlet->plan->guards_of_answers, true);

        if (pl_guard_pass_init(&guarding->passes[choice], &options, NULL) != PL_OK)
            return NULL;
        guarding->begun[choice] = true;
    }
    return &guarding->passes[choice];
}

/* The text of an event, of an API whose events have one each. `count` grows with each text in it. */
struct piece {
    uint64_t choice;
    struct pl_str text;
    uint32_t count;
};

static void find_in_choice(const struct pl_json_value *choice, struct piece *piece)
{
    const struct pl_json_value *content = pl_member(pl_member(choice, "delta"), "content");

    if (content == NULL)
        content = pl_member(choice, "text");
    if (!pl_is_string(content) || pl_json_value_str(content).len == 0)
        return;
    piece->count++;
    piece->choice = pl_count_or_0(pl_member(choice, "index"));
    piece->text = pl_json_value_str(content);
}

static struct piece find_piece(const struct pl_leg *leg)
{
    const struct pl_json_value *root = pl_json_document_root(leg->decision->worker->answered);
    const struct pl_json_value *choices = pl_member(root, "choices");
    const struct pl_json_value *type = pl_member(root, "type");
    const struct pl_json_value *delta = pl_member(root, "delta");
    struct piece piece = {0};

    if (leg->decision->ask.api == PL_API_RESPONSES) {
        if (pl_is_string(type) && pl_is_string(delta) &&
            pl_str_equal_text(pl_json_value_str(type), "response.output_text.delta"))
            piece = (struct piece){.text = pl_json_value_str(delta), .count = 1};
        return piece;
    }
    if (!pl_is_array(choices))
        return piece;
    for (struct pl_json_walk walk = pl_json_value_walk(choices); pl_json_walk_next(&walk);)
        find_in_choice(walk.value, &piece);
    return piece;
}

/* The text that goes out in place of an event's own. */
struct replacing {
    const struct pl_guard_pass *pass;
    const struct waiting *waiting;
};

static enum pl_text_act replace(struct pl_str text, struct pl_buffer *out, void *context)
{
    const struct replacing *replacing = context;

    if (text.len == 0)
        return PL_TEXT_KEEP;
    pl_guard_pass_rewrite(replacing->pass, replacing->waiting->start, replacing->waiting->end, out);
    return PL_TEXT_REPLACE;
}

static bool is_touched(const struct pl_guard_pass *pass, const struct waiting *waiting)
{
    for (size_t i = 0; i < pass->edits_count; i++)
        if (pass->edits[i].start < waiting->end && pass->edits[i].end > waiting->start)
            return true;
    return false;
}

static bool write_event(struct pl_leg *leg, const struct waiting *waiting)
{
    const struct pl_str event = {leg->guarding->events.ptr + waiting->from, waiting->len};
    const struct replacing replacing = {
        .pass = waiting->has_text ? &leg->guarding->passes[waiting->choice] : NULL,
        .waiting = waiting,
    };
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer bare = {0};
    union {
        const struct replacing *given;
        void *wanted;
    } context = {.given = &replacing};
    const struct pl_texts texts = {
        .names = ANSWER_NAMES,
        .document = leg->decision->worker->answered,
        .visit = replace,
        .context = context.wanted,
    };
    bool good = true;

    pl_buffer_add_text(&leg->held, "data: ");
    if (!waiting->has_text || !is_touched(replacing.pass, waiting)) {
        pl_buffer_add(&leg->held, event);
    } else {
        const struct pl_unasked unasked = {.logprobs = true};

        pl_buffer_init(&bare, leg->held.size_bytes_max);
        pl_answer_trim(event, &unasked, &bare);
        good = pl_texts_rewrite(&texts, pl_buffer_view(&bare), &leg->held, NULL);
    }
    pl_buffer_add_text(&leg->held, "\n\n");
    return good;
}

static bool is_settled(const struct pl_guarding *guarding, const struct waiting *waiting)
{
    return !waiting->has_text || guarding->passes[waiting->choice].settled >= waiting->end;
}

/* Whether behind silent events there is one that may go out. */
static bool speaks_soon(const struct pl_guarding *guarding)
{
    struct waiting waiting;

    for (size_t at = guarding->queue_at; at + sizeof waiting <= guarding->queue.len;
         at += sizeof waiting) {
        memcpy(&waiting, guarding->queue.ptr + at, sizeof waiting);
        if (!waiting.is_silent)
            return is_settled(guarding, &waiting);
    }
    return false;
}

/* Lets out what may go. */
static bool let_out(struct pl_leg *leg)
{
    struct pl_guarding *guarding = leg->guarding;
    struct waiting waiting;

    for (; guarding->queue_at + sizeof waiting <= guarding->queue.len;
         guarding->queue_at += sizeof waiting) {
        memcpy(&waiting, guarding->queue.ptr + guarding->queue_at, sizeof waiting);
        if (!is_settled(guarding, &waiting))
            return true;
        /* Before the first word nothing goes out, so that another answer may stand in for one that is stopped. */
        if (waiting.is_silent && !guarding->spoken && !guarding->ended && !speaks_soon(guarding))
            return true;
        guarding->spoken = guarding->spoken || !waiting.is_silent;
        if (!write_event(leg, &waiting))
            return false;
    }
    pl_buffer_reset(&guarding->queue);
    pl_buffer_reset(&guarding->events);
    guarding->queue_at = 0;
    return true;
}

static enum pl_guarded stop(struct pl_leg *leg, const struct pl_guard_pass *pass)
{
    note_pass(leg->decision, pass, true);
    return guarded_of(&pass->stopped);
}

enum pl_guarded pl_guarding_event(struct pl_leg *leg, struct pl_str event)
{
    const struct piece piece = find_piece(leg);
    struct pl_guard_pass *pass = NULL;
    struct waiting waiting = {
        .len = event.len, .choice = (uint32_t)piece.choice, .is_silent = !leg->heard.has_content};

    if ((leg->guarding == NULL && !begin(leg)) || piece.count > 1)
        return unknown(leg->decision, true);
    if (piece.count == 1) {
        pass = pass_of(leg, piece.choice);
        if (pass == NULL)
            return unknown(leg->decision, true);
        waiting.has_text = true;
        waiting.start = pl_guard_pass_text(pass).len;
        waiting.end = waiting.start + piece.text.len;
        if (pl_guard_pass_feed(pass, piece.text, NULL) != PL_OK)
            return unknown(leg->decision, true);
    }
    if (leg->decision->ask.api == PL_API_RESPONSES)
        return pass != NULL && pass->stopped.reason != PL_GUARD_PASSES ? stop(leg, pass)
                                                                       : PL_GUARDED_PASSES;
    waiting.from = leg->guarding->events.len;
    pl_buffer_add(&leg->guarding->events, event);
    pl_buffer_add(&leg->guarding->queue, (struct pl_str){(const char *)&waiting, sizeof waiting});
    if (leg->guarding->events.failed != PL_OK || leg->guarding->queue.failed != PL_OK ||
        !let_out(leg))
        return unknown(leg->decision, true);
    return pass != NULL && pass->stopped.reason != PL_GUARD_PASSES ? stop(leg, pass)
                                                                   : PL_GUARDED_PASSES;
}

enum pl_guarded pl_guarding_end(struct pl_leg *leg)
{
    struct pl_guarding *guarding = leg->guarding;
    enum pl_guarded result = PL_GUARDED_PASSES;

    if (guarding == NULL)
        return PL_GUARDED_PASSES;
    guarding->ended = true;
    for (size_t i = 0; i < CHOICES_MAX && result == PL_GUARDED_PASSES; i++) {
        if (!guarding->begun[i])
            continue;
        if (pl_guard_pass_finish(&guarding->passes[i], NULL) != PL_OK)
            return unknown(leg->decision, true);
        result = stop(leg, &guarding->passes[i]);
        /* The events of a response say its text several times over: it is not masked but blocked. */
        if (result == PL_GUARDED_PASSES && guarding->passes[i].edits_count > 0 &&
            leg->decision->ask.api == PL_API_RESPONSES)
            result = PL_GUARDED_BLOCKED;
    }
    if (result == PL_GUARDED_PASSES && !let_out(leg))
        return unknown(leg->decision, true);
    if (guarding->begun[0] && guarding->passes[0].edits_count > 0) {
        pl_buffer_reset(&leg->text);
        pl_guard_pass_rewrite(&guarding->passes[0], 0, guarding->passes[0].settled, &leg->text);
    }
    return result;
}
