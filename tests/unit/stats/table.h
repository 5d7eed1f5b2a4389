/*
 * What the tests of the statistics layer share: a reader of the reference tables (one comment line,
 * one line of column names, then numbers; the first column may be a name) and comparisons of
 * doubles.
 */
#ifndef PL_TESTS_STATS_TABLE_H
#define PL_TESTS_STATS_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PL_REFERENCE_FOLDER
#error "PL_REFERENCE_FOLDER names the folder of the reference tables"
#endif

#define ROWS_MAX   1024
#define VALUES_MAX 16

/* cmocka 1.1 compares floats only. */
#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))
#define assert_close(a, b, relative) assert_true(fabs((a) - (b)) <= (relative)*fabs(b))

struct row {
    char name[32];
    double values[VALUES_MAX];
    size_t count; /* of the values */
};

struct table {
    struct row rows[ROWS_MAX];
    size_t count;
};

static inline void row_read(struct row *row, char *line)
{
    size_t column = 0;
    char *rest = line;

    *row = (struct row){0};
    for (char *cell = strsep(&rest, ",\n"); cell != NULL && *cell != '\0';
         cell = strsep(&rest, ",\n")) {
        char *end = NULL;
        const double value = strtod(cell, &end);

        if (*end != '\0') {
            snprintf(row->name, sizeof row->name, "%s", cell);
            continue;
        }
        assert_true(column < VALUES_MAX);
        row->values[column++] = value;
    }
    row->count = column;
}

/* Reads a table by its file name; a missing or empty one fails the test. */
static inline const struct table *table_read(const char *name)
{
    static struct table table;
    char path[4096];
    char line[1024];

    snprintf(path, sizeof path, "%s/%s", PL_REFERENCE_FOLDER, name);
    table.count = 0;

    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* where the numbers come from */
    assert_int_equal(line[0], '#');
    assert_non_null(fgets(line, sizeof line, file)); /* the names of the columns */
    while (fgets(line, sizeof line, file) != NULL) {
        assert_true(table.count < ROWS_MAX);
        row_read(&table.rows[table.count++], line);
    }
    fclose(file);
    assert_true(table.count > 0);
    return &table;
}

#endif
