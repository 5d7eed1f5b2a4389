/* Live traffic: its sections are read when everything else of the line is, since they speak of models and of
   each other. What each section is made of stands in the files beside this one. */
#include "line/serving.h"

#include "line/serving_rows.h"

static const char *const SECTIONS[] = {"route", "flag", "shadow", "experiment", "guard", "serve"};

static bool has_serving(const struct pl_node *root)
{
    for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++)
        if (pl_node_child(root, SECTIONS[i]) != NULL)
            return true;
    return pl_node_child(root, "holdout") != NULL;
}

/* A client that asks for `route`, or for the feature, means the route. */
static void check_names(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_node *models = pl_node_child(root, "models");
    const struct pl_node *entry = models == NULL ? NULL : models->first;

    for (; entry != NULL && reader->line->serving->route.given; entry = entry->next)
        if (pl_str_equal_text(entry->key, "route") ||
            pl_str_equal(entry->key, reader->line->feature))
            pl_reader_fault_key(reader, entry, PL_STR("call the model otherwise"),
                                "is what clients call the whole route");
}

bool pl_serving_segment(struct pl_reader *reader, const struct pl_node *node,
                        const struct pl_serve_line *serve, struct pl_str name)
{
    const char *names[PL_SEGMENTS_MAX];

    for (size_t i = 0; i < serve->segments_count; i++) {
        if (pl_str_equal(serve->segments[i].name, name))
            return true;
        names[i] = pl_reader_quote(reader, serve->segments[i].name).ptr;
    }
    pl_reader_fault_key(reader, node,
                        serve->segments_count == 0
                            ? PL_STR("say in `serve.segments` where it is found in a request")
                            : pl_reader_hint(reader, name, names, serve->segments_count),
                        "names the segment `%s`, which is not in `serve.segments`",
                        pl_reader_quote(reader, name).ptr);
    return false;
}

void pl_serving_check_choice(struct pl_reader *reader, const struct pl_node *map,
                             const struct pl_choice *choice)
{
    for (size_t i = 0; i < choice->keys_count; i++) {
        const struct pl_node *node = pl_node_child(map, choice->keys[i].key);
        const int word = choice->keys[i].word;

        if (node == NULL || word == choice->word)
            continue;
        pl_reader_fault_key(reader, node,
                            pl_reader_format(reader, "take it out, or write `%s: %s`", choice->key,
                                             pl_word_name(choice->words, word)),
                            "says nothing where `%s` is `%s`", choice->key,
                            pl_word_name(choice->words, choice->word));
    }
}

void pl_serving_read(struct pl_reader *reader, const struct pl_node *root)
{
    struct pl_serving *serving = NULL;

    if (!has_serving(root))
        return;
    serving = pl_reader_alloc(reader, 1, sizeof *serving);
    if (serving == NULL)
        return;
    reader->line->serving = serving;
    serving->holdout = reader->line->holdout;
    pl_serve_read(reader, pl_node_child(root, "serve"), &serving->serve);
    pl_route_read(reader, pl_node_child(root, "route"), &serving->route);
    pl_flag_read(reader, pl_node_child(root, "flag"), serving);
    pl_shadow_read(reader, pl_node_child(root, "shadow"), serving);
    pl_experiments_read(reader, pl_node_child(root, "experiment"), serving);
    pl_guard_read(reader, pl_node_child(root, "guard"), serving);
    check_names(reader, root);
}
