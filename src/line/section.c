/* The walker: it takes a map of the file and a section of the table, finds the row of each key and
   hands the value on. It knows nothing about any particular key. */
#include "line/reader.h"

#include <string.h>

static void fault_unknown(struct pl_reader *reader, enum pl_section section,
                          const struct pl_node *node)
{
    const char *names[PL_SECTION_KEYS_MAX];
    const size_t count = pl_key_names(section, names, PL_SECTION_KEYS_MAX);
    const char *path = pl_section_help_at(section)->path;

    pl_reader_fault_key(reader, node, pl_reader_hint(reader, node->key, names, count),
                        "is not a key of %s%s%s", path[0] == '\0' ? "the line" : "`", path,
                        path[0] == '\0' ? "" : "`");
}

static bool has_key(const struct pl_node *map, const char *name)
{
    for (const struct pl_node *node = map->first; node != NULL; node = node->next)
        if (pl_str_equal_text(node->key, name))
            return true;
    return false;
}

static void check_required(struct pl_reader *reader, enum pl_section section,
                           const struct pl_node *map)
{
    for (size_t i = 0; i < pl_keys_count(); i++) {
        const struct pl_key *key = pl_key_at(i);

        if (key->section != section || !key->required || has_key(map, key->name))
            continue;
        pl_reader_fault_missing(reader, map, key->name,
                                key->example == NULL ? pl_str_of(key->help)
                                                     : pl_reader_format(reader, "write `%s: %s`",
                                                                        key->name, key->example));
    }
}

/* A key that was there is `given` even when its value is faulty, so that one fault is said once. */
static void read_entry(struct pl_reader *reader, const struct pl_key *key,
                       const struct pl_node *node, void *base)
{
    char *bytes = base;

    if (key->given_offset > 0)
        memcpy(bytes + key->given_offset, &(bool){true}, sizeof(bool));
    if (key->place_offset > 0)
        memcpy(bytes + key->place_offset, &node->place, sizeof node->place);
    (void)pl_value_read(reader, key, node, base);
}

bool pl_section_read(struct pl_reader *reader, enum pl_section section, const struct pl_node *node,
                     void *base)
{
    if (!pl_reader_expect(reader, node, PL_NODE_MAP, NULL))
        return false;
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next) {
        const struct pl_key *key = pl_key_find(section, entry->key);

        if (key == NULL)
            fault_unknown(reader, section, entry);
        else if (!entry->repeated)
            read_entry(reader, key, entry, base);
    }
    check_required(reader, section, node);
    return true;
}

/* A default is read as if it stood in the file; one that is a list is parsed first. */
static void take_default(struct pl_reader *reader, const struct pl_key *key, void *base)
{
    const struct pl_node scalar = {.kind = PL_NODE_SCALAR, .text = pl_str_of(key->fallback)};
    const struct pl_node *node = &scalar;

    if (key->fallback[0] == '[' &&
        pl_yaml_parse(scalar.text, reader->arena, &node, reader->problems, NULL) != PL_OK)
        reader->status = PL_E_LIMIT;
    else
        (void)pl_value_read(reader, key, node, base);
}

void pl_section_defaults(struct pl_reader *reader, enum pl_section section, void *base)
{
    for (size_t i = 0; i < pl_keys_count(); i++) {
        const struct pl_key *key = pl_key_at(i);

        if (key->section != section)
            continue;
        if (key->type == PL_KEY_SECTION)
            pl_section_defaults(reader, key->opens, base);
        else if (key->fallback != NULL)
            take_default(reader, key, base);
    }
}
