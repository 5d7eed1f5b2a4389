/* route: the tiers, what their confidence is taken from, the fallback and the rules, with names made into
   models and tiers. */
#include "line/serving_rows.h"

#define DELIVER_AT      0.90
#define DELIVER_AT_LAST 0.85

/* ---- tiers ---- */

static bool is_tier(const struct pl_route *route, const struct pl_model *model, uint32_t *ret_tier)
{
    for (size_t i = 0; i < route->tiers_count; i++) {
        if (route->tiers[i].model != model)
            continue;
        *ret_tier = (uint32_t)i;
        return true;
    }
    return false;
}

void pl_route_check_kind(struct pl_reader *reader, const struct pl_node *node,
                         const struct pl_route *route, const struct pl_model *model)
{
    const struct pl_model *first = route->tiers_count == 0 ? NULL : route->tiers[0].model;

    if (model == NULL || first == NULL ||
        (model->api == PL_MODEL_DECIDE) == (first->api == PL_MODEL_DECIDE))
        return;
    pl_reader_fault(reader, node, PL_STR("a route is of one kind"),
                    "is a model with `api: %s`, and the first tier's has `api: %s`",
                    pl_word_name(&PL_WORDS_MODEL_API, model->api),
                    pl_word_name(&PL_WORDS_MODEL_API, first->api));
}

static void read_tier(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route,
                      struct pl_tier *tier)
{
    const bool is_last = node->next == NULL;
    struct pl_tier_row row = {0};
    uint32_t before = 0;

    pl_section_defaults(reader, PL_SECTION_TIER, &row);
    if (!pl_section_read(reader, PL_SECTION_TIER, node, &row) || row.model.len == 0)
        return;
    tier->place = node->place;
    tier->deliver_at = row.deliver_at_given ? row.deliver_at
                       : is_last            ? DELIVER_AT_LAST
                                            : DELIVER_AT;
    tier->model = pl_reader_model(reader, pl_node_child(node, "model"), row.model);
    if (tier->model != NULL && is_tier(route, tier->model, &before))
        pl_reader_fault(reader, pl_node_child(node, "model"), PL_STR("take one of the two out"),
                        "is `%s`, which is tier %u already", pl_reader_quote(reader, row.model).ptr,
                        before + 1);
    pl_route_check_kind(reader, pl_node_child(node, "model"), route, tier->model);
    route->tiers_count++;
}

static void read_tiers(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route)
{
    struct pl_tier *tiers = pl_reader_alloc(reader, PL_TIERS_MAX, sizeof *tiers);

    route->tiers = tiers;
    if (tiers == NULL || node == NULL)
        return;
    if (node->count == 0)
        pl_reader_fault(reader, node, PL_STR("for example `[{model: small}]`"), "is empty");
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next) {
        if (route->tiers_count == PL_TIERS_MAX) {
            pl_reader_fault(reader, entry, PL_STR(""),
                            "is one tier too many; at most %d are allowed", PL_TIERS_MAX);
            return;
        }
        read_tier(reader, entry, route, &tiers[route->tiers_count]);
    }
}

/* ---- confidence ---- */

/* Every tier must be able to give what its confidence is taken from, as far as the line says what it can. */
static void check_promises(struct pl_reader *reader, const struct pl_node *node,
                           const struct pl_route *route)
{
    const bool is_margin = route->confidence.signal == PL_SIGNAL_MARGIN;
    const uint32_t needed = is_margin ? PL_CAN_TOP_LOGPROBS : PL_CAN_LOGPROBS;

    if (route->confidence.from != PL_CONFIDENCE_LOGPROBS)
        return;
    for (size_t i = 0; i < route->tiers_count; i++) {
        const struct pl_model *model = route->tiers[i].model;

        if (model == NULL || !model->can_given || (model->can & needed) != 0)
            continue;
        pl_reader_fault_key(reader, node, PL_STR("take it from something else, or add the word"),
                            "needs `%s`, which `can` of the model `%s` does not name",
                            pl_word_name(&PL_WORDS_MODEL_CAN, needed),
                            pl_reader_quote(reader, model->name).ptr);
    }
}

/* The keys that say something for one way of telling only. */
static const struct pl_key_of OF_CONFIDENCE[] = {
    {"signal", PL_CONFIDENCE_LOGPROBS}, {"path", PL_CONFIDENCE_FIELD},
    {"samples", PL_CONFIDENCE_SAMPLES}, {"verifier", PL_CONFIDENCE_VERIFIER},
    {"prompt", PL_CONFIDENCE_VERIFIER},
};

/* The key that this way of telling cannot do without, or NULL. */
static const char *missing_of(const struct pl_route_row *row)
{
    if (row->route.confidence.from == PL_CONFIDENCE_FIELD && row->route.confidence.path.len == 0)
        return "path";
    if (row->route.confidence.from == PL_CONFIDENCE_VERIFIER && row->verifier.len == 0)
        return "verifier";
    return NULL;
}

static void check_confidence(struct pl_reader *reader, const struct pl_node *node,
                             struct pl_route_row *row)
{
    struct pl_confidence_rule *rule = &row->route.confidence;
    const struct pl_node *path = pl_node_child(node, "path");
    const char *missing = missing_of(row);

    rule->place = node->place;
    if (rule->from == PL_CONFIDENCE_NONE)
        return;
    if (missing != NULL)
        pl_reader_fault_missing(
            reader, node, missing,
            pl_reader_format(reader, "`from: %s` needs it",
                             pl_word_name(&PL_WORDS_CONFIDENCE_FROM, rule->from)));
    if (path != NULL && rule->path.len > 0 && rule->path.ptr[0] != '$')
        pl_reader_fault(reader, path, PL_STR("for example `$.confidence`"),
                        "is no path that begins with `$`");
    if (row->verifier.len > 0)
        rule->verifier = pl_reader_model(reader, pl_node_child(node, "verifier"), row->verifier);
    pl_serving_check_choice(reader, node,
                            &(struct pl_choice){"from", &PL_WORDS_CONFIDENCE_FROM, (int)rule->from,
                                                OF_CONFIDENCE,
                                                sizeof OF_CONFIDENCE / sizeof *OF_CONFIDENCE});
    if (rule->from == PL_CONFIDENCE_SAMPLES && rule->samples > row->route.attempts)
        pl_reader_fault_key(reader, node, PL_STR("raise `route.attempts`"),
                            "takes %u answers, and a request may make %u calls in all",
                            rule->samples, row->route.attempts);
    check_promises(reader, node, &row->route);
}

static void check_climbing(struct pl_reader *reader, const struct pl_node *node,
                           const struct pl_route_row *row)
{
    if (row->route.tiers_count > 1 && !row->confidence_given)
        pl_reader_fault_missing(
            reader, node, "confidence",
            PL_STR("with several tiers write for example `confidence: {from: logprobs}`"));
    if (row->route.attempts > 0 && row->route.tiers_count > row->route.attempts)
        pl_reader_fault_key(reader, pl_node_child(node, "tiers"), PL_STR("raise `route.attempts`"),
                            "has %zu tiers, and a request may make %u calls in all: the last is "
                            "never reached",
                            row->route.tiers_count, row->route.attempts);
}

/* ---- fallback, rules, hold_back ---- */

static void check_fallback(struct pl_reader *reader, const struct pl_node *node,
                           struct pl_route_row *row)
{
    if (node == NULL || node->kind != PL_NODE_MAP)
        return;
    if ((pl_node_child(node, "reply") != NULL) == (pl_node_child(node, "model") != NULL))
        pl_reader_fault_key(reader, node, PL_STR("for example `{reply: A colleague will answer.}`"),
                            "must have either `reply` or `model`");
    if (row->fallback_model.len > 0)
        row->route.fallback_model =
            pl_reader_model(reader, pl_node_child(node, "model"), row->fallback_model);
    pl_route_check_kind(reader, pl_node_child(node, "model"), &row->route,
                        row->route.fallback_model);
}

static void check_hold_back(struct pl_reader *reader, const struct pl_node *node)
{
    if (node != NULL && node->kind == PL_NODE_MAP && node->count == 0)
        pl_reader_fault(reader, node, PL_STR("for example `{tokens: 24, time: 300ms}`"),
                        "is empty");
}

/* "did you mean `small`?" of the models of the tiers, each once. */
static struct pl_str tiers_hint(struct pl_reader *reader, const struct pl_route *route,
                                struct pl_str name)
{
    const char *names[PL_TIERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < route->tiers_count; i++) {
        const struct pl_model *model = route->tiers[i].model;
        uint32_t first = 0;

        if (model != NULL && is_tier(route, model, &first) && first == i)
            names[count++] = pl_reader_quote(reader, model->name).ptr;
    }
    return pl_reader_hint(reader, name, names, count);
}

static void read_rule(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route,
                      struct pl_route_rule *rule)
{
    const struct pl_node *tier = pl_node_child(node, "tier");
    struct pl_rule_row row = {0};

    pl_section_defaults(reader, PL_SECTION_RULE, &row);
    if (!pl_section_read(reader, PL_SECTION_RULE, node, &row) || row.tier.len == 0)
        return;
    for (size_t i = 0; i < route->tiers_count; i++) {
        const struct pl_model *model = route->tiers[i].model;

        if (model != NULL && pl_str_equal(model->name, row.tier)) {
            *rule = (struct pl_route_rule){row.when, (uint32_t)i, row.only, node->place,
                                           row.when_place};
            route->rules_count++;
            return;
        }
    }
    pl_reader_fault(reader, tier, tiers_hint(reader, route, row.tier),
                    "is `%s`, which is the model of no tier",
                    pl_reader_quote(reader, row.tier).ptr);
}

static void read_rules(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route)
{
    struct pl_route_rule *rules = pl_reader_alloc(reader, PL_RULES_MAX, sizeof *rules);

    route->rules = rules;
    for (const struct pl_node *entry = node == NULL ? NULL : node->first;
         entry != NULL && rules != NULL; entry = entry->next) {
        if (route->rules_count == PL_RULES_MAX) {
            pl_reader_fault(reader, entry, PL_STR(""),
                            "is one rule too many; at most %d are allowed", PL_RULES_MAX);
            return;
        }
        read_rule(reader, entry, route, &rules[route->rules_count]);
    }
}

#define ATTEMPTS_USUAL 3
#define ATTEMPTS_MOST  20

/* What all tiers need, with their samples or their verifier, and one more. */
static uint32_t attempts_needed(const struct pl_route *route)
{
    const struct pl_confidence_rule *rule = &route->confidence;
    uint64_t needed = route->tiers_count + 1;

    if (rule->from == PL_CONFIDENCE_SAMPLES)
        needed = route->tiers_count * rule->samples + 1;
    if (rule->from == PL_CONFIDENCE_VERIFIER)
        needed = route->tiers_count * 2 + 1;
    if (needed < ATTEMPTS_USUAL)
        return ATTEMPTS_USUAL;
    return needed < ATTEMPTS_MOST ? (uint32_t)needed : ATTEMPTS_MOST;
}

void pl_route_read(struct pl_reader *reader, const struct pl_node *node, struct pl_route *route)
{
    struct pl_route_row row = {0};

    pl_section_defaults(reader, PL_SECTION_ROUTE, &row);
    if (node != NULL && pl_section_read(reader, PL_SECTION_ROUTE, node, &row)) {
        row.route.given = true;
        row.route.place = node->key_place;
        read_tiers(reader, row.tiers, &row.route);
        if (pl_node_child(node, "attempts") == NULL)
            row.route.attempts = attempts_needed(&row.route);
        if (row.confidence_given && pl_node_child(node, "confidence")->kind == PL_NODE_MAP)
            check_confidence(reader, pl_node_child(node, "confidence"), &row);
        check_climbing(reader, node, &row);
        check_fallback(reader, pl_node_child(node, "fallback"), &row);
        check_hold_back(reader, pl_node_child(node, "hold_back"));
        read_rules(reader, row.rules, &row.route);
    }
    *route = row.route;
}
