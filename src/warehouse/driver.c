/*
 * The table of drivers, and the two pieces of SQL that every engine shares: quoted identifiers and
 * quoted strings.
 */
#include "warehouse/driver.h"

#include "warehouse/duckdb.h"

static const struct pl_driver *const DRIVERS[] = {
    &PL_DRIVER_DUCKDB,
};

const struct pl_driver *pl_driver_for(struct pl_str source)
{
    for (size_t i = 0; i < sizeof DRIVERS / sizeof *DRIVERS; i++)
        if (DRIVERS[i]->takes(source))
            return DRIVERS[i];
    return NULL;
}

const struct pl_driver *pl_driver_of_stores(void)
{
    return &PL_DRIVER_DUCKDB;
}

static void add_quoted(struct pl_buffer *sql, struct pl_str text, char quote)
{
    pl_buffer_add_char(sql, quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == quote)
            pl_buffer_add_char(sql, quote);
        pl_buffer_add_char(sql, text.ptr[i]);
    }
    pl_buffer_add_char(sql, quote);
}

void pl_sql_identifier(struct pl_buffer *sql, struct pl_str name)
{
    add_quoted(sql, name, '"');
}

void pl_sql_string(struct pl_buffer *sql, struct pl_str text)
{
    add_quoted(sql, text, '\'');
}
