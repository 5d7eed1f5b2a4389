/*
 * The page around the JSON of a report or a card. Its policy allows the one script and the one style that the build put into
 * the program, named by their hashes, and nothing else; the JSON is data and never runs.
 */
#include "report/html.h"

#include "measure/metrics.h"
#include "report/cells_json.h"
#include "report/confusion.h"
#include "report/fairness.h"
#include "report/launch.h"
#include "report/number.h"
#include "report/values.h"
#include "report/web_bundle.h"

#define HTML_SIZE_BYTES_MAX ((size_t)1 << 30)
#define LINE_SIZE_BYTES_MAX ((size_t)1 << 18)
#define CASES_MAX           5000 /* of each limit: more would make the page too large to use */

/* Three bytes of UTF-8 that must not stand in the page as they are: line ends and marks of direction. */
static unsigned risky_point(const unsigned char *text, size_t left)
{
    unsigned point;

    if (left < 3 || text[0] != 0xe2 || (text[1] != 0x80 && text[1] != 0x81))
        return 0;
    point = 0x2000u + ((text[1] & 0x3fu) << 6) + (text[2] & 0x3fu);
    return point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
                   (point >= 0x2066 && point <= 0x2069)
               ? point
               : 0;
}

void pl_html_add_json(struct pl_buffer *out, struct pl_str json)
{
    const unsigned char *text = (const unsigned char *)json.ptr;
    size_t from = 0;

    for (size_t at = 0; at < json.len; at++) {
        const unsigned point = text[at] == '<' || text[at] == '>' || text[at] == '&'
                                   ? text[at]
                                   : risky_point(text + at, json.len - at);

        if (point == 0)
            continue;
        pl_buffer_add(out, (struct pl_str){json.ptr + from, at - from});
        pl_buffer_add_format(out, "\\u%04x", point);
        at += point > 0x7f ? 2 : 0;
        from = at + 1;
    }
    pl_buffer_add(out, (struct pl_str){json.ptr + from, json.len - from});
}

/* What the browser shows a measure as. */
static const char *const FIGURE_NAMES[] = {
    [PL_FIGURE_PERCENT] = "percent", [PL_FIGURE_POINTS] = "points", [PL_FIGURE_FRACTION] = "number",
    [PL_FIGURE_COUNT] = "number",    [PL_FIGURE_PLAIN] = "number",
};

const char *pl_html_figure(struct pl_str measure)
{
    return FIGURE_NAMES[pl_figure_of(measure)];
}

/* What a measure is, for its name in the page. */
static void write_about(struct pl_json *json, const struct pl_metric *metric)
{
    const struct pl_metric_help *help = &metric->row->help;

    pl_json_open_object(json);
    pl_json_member_str(json, "name", metric->name);
    pl_json_member_text(json, "summary", help->summary);
    pl_json_member_text(json, "formula", help->formula);
    pl_json_member_text(json, "interval", help->interval);
    pl_json_member_text(json, "better", pl_better_name(pl_metric_better(metric)));
    pl_json_member_text(json, "figure", pl_html_figure(metric->name));
    pl_json_close_object(json);
}

static void write_measures(struct pl_json *json, const struct pl_measured *measured)
{
    pl_json_key(json, "about_measures");
    pl_json_open_array(json);
    for (size_t i = 0; i < measured->metrics_count; i++)
        write_about(json, &measured->metrics[i]);
    pl_json_close_array(json);
}

/* What the findings do not say of their limits, in the same order. */
static void write_limits(struct pl_json *json, const struct pl_line *line)
{
    pl_json_key(json, "limits");
    pl_json_open_array(json);
    for (size_t i = 0; i < line->limits_count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "reference");
        if (line->limits[i].reference.len == 0)
            pl_json_null(json);
        else
            pl_json_str(json, line->limits[i].reference);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* The measures of single classes, each with the class that it is of. */
static void write_classes(struct pl_json *json, const struct pl_measured *classes)
{
    if (classes == NULL)
        return;
    pl_json_key(json, "classes");
    pl_json_open_array(json);
    for (size_t i = 0; i < classes->metrics_count; i++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "class", classes->metrics[i].group);
        pl_json_member_text(json, "measure", classes->metrics[i].row->help.name);
        pl_json_estimate_members(json, &classes->overall.estimates[i]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* What the line takes a column for; empty: it does not name it. */
static const char *role_of(const struct pl_data *data, struct pl_str column)
{
    const struct {
        struct pl_str column;
        const char *role;
    } roles[] = {
        {data->label, "label"}, {data->score, "score"},   {data->prediction, "prediction"},
        {data->count, "count"}, {data->weight, "weight"}, {data->id, "id"},
        {data->query, "query"}, {data->rank, "rank"},
    };

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (pl_str_equal(roles[i].column, column))
            return roles[i].role;
    for (size_t i = 0; i < data->segments_count; i++)
        if (pl_str_equal(data->segments[i].column, column))
            return "segment";
    return "";
}

static void write_columns(struct pl_json *json, const struct pl_quality *quality,
                          const struct pl_data *data)
{
    pl_json_key(json, "columns");
    pl_json_open_array(json);
    for (size_t i = 0; i < quality->columns_count; i++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "name", quality->columns[i].name);
        pl_json_member_text(json, "role", role_of(data, quality->columns[i].name));
        pl_json_member_uint64(json, "missing", quality->columns[i].missing);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    pl_json_member_uint64(json, "columns_left_out", quality->columns_left_out);
}

static void write_quality(struct pl_json *json, const struct pl_quality *quality,
                          const struct pl_data *data)
{
    if (quality == NULL)
        return;
    pl_json_key(json, "quality");
    pl_json_open_object(json);
    pl_json_member_uint64(json, "rows", quality->rows);
    write_columns(json, quality, data);
    if (quality->repeats_counted)
        pl_json_member_uint64(json, "repeated_rows", quality->repeated_rows);
    if (quality->repeats_counted && quality->id.len > 0) {
        pl_json_member_str(json, "id", quality->id);
        pl_json_member_uint64(json, "repeated_ids", quality->repeated_ids);
    }
    pl_json_close_object(json);
}

static void write_extras(struct pl_json *json, const struct pl_html_extras *extras,
                         const struct pl_line *line)
{
    if (extras == NULL)
        return;
    if (extras->fairness != NULL)
        pl_json_fairness(json, extras->fairness, extras->compared);
    pl_json_member_uint64(json, "fairness_left_out", extras->groupings_left_out);
    write_classes(json, extras->classes);
    write_quality(json, extras->quality, &line->data);
}

/* The line as it was read, and which program read it. */
static void write_provenance(struct pl_json *json, const struct pl_gate_result *result)
{
    const struct pl_str text = result->line->text;

    pl_json_key(json, "provenance");
    pl_json_open_object(json);
    if (text.len > 0 && text.len <= LINE_SIZE_BYTES_MAX)
        pl_json_member_str(json, "line", text);
    if (result->binary_hash != NULL)
        pl_json_member_text(json, "binary_hash", result->binary_hash);
    if (result->figures_hash != NULL)
        pl_json_member_text(json, "figures_hash", result->figures_hash);
    pl_json_close_object(json);
}

/* {"gate": {…}, "limits": […], "about_measures": […], …, "cells": {…}} */
static enum pl_status write_island(const struct pl_html_request *request, struct pl_arena *arena,
                                   struct pl_buffer *out, struct pl_error *error)
{
    const struct pl_gate_result *result = request->result;
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "gate");
    pl_json_gate(&json, result, CASES_MAX);
    write_limits(&json, result->line);
    write_measures(&json, result->measured);
    write_extras(&json, request->extras, result->line);
    if (request->extras != NULL)
        pl_json_confusions(&json, request->extras->confusions, result->measured);
    write_provenance(&json, result);
    PL_RETURN_IF(pl_json_cells(&json, result, request->runs_max, arena, error));
    pl_json_close_object(&json);
    return pl_buffer_check(out, "the data of the report", error);
}

static void write_head(const struct pl_html_page *page, struct pl_buffer *out)
{
    pl_buffer_add_text(out,
                       "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                       "'none'; script-src 'sha256-");
    pl_buffer_add_text(out, PL_WEB_SCRIPT_SHA256);
    pl_buffer_add_text(out, "'; style-src 'sha256-");
    pl_buffer_add_text(out, PL_WEB_STYLE_SHA256);
    pl_buffer_add_format(out,
                         "'; base-uri 'none'; form-action 'none'\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
                         "dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                         "<title>%s</title>\n<style>",
                         page->title);
    pl_buffer_add(out, (struct pl_str){(const char *)PL_WEB_STYLE, PL_WEB_STYLE_SIZE_BYTES});
    pl_buffer_add_format(out,
                         "</style>\n</head>\n<body>\n<div id=\"report\"><noscript>%s</noscript>"
                         "</div>\n<script type=\"application/json\" id=\"data\">",
                         page->without_script);
}

static void write_tail(struct pl_buffer *out)
{
    pl_buffer_add_text(out, "</script>\n<script>");
    pl_buffer_add(out, (struct pl_str){(const char *)PL_WEB_SCRIPT, PL_WEB_SCRIPT_SIZE_BYTES});
    pl_buffer_add_text(out, "</script>\n</body>\n</html>\n");
}

void pl_html_page(const struct pl_html_page *page, struct pl_str json, struct pl_buffer *out)
{
    write_head(page, out);
    pl_html_add_json(out, json);
    write_tail(out);
}

enum pl_status pl_gate_html(const struct pl_html_request *request, struct pl_arena *arena,
                            struct pl_buffer *out, struct pl_error *error)
{
    static const struct pl_html_page PAGE = {
        .title = "Plimsoll report",
        .without_script = "This report is drawn by the script inside it; allow scripts for this "
                          "file, or read `plimsoll gate`.",
    };
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer island = {0};

    pl_buffer_init(&island, HTML_SIZE_BYTES_MAX);
    PL_RETURN_IF(write_island(request, arena, &island, error));
    pl_html_page(&PAGE, pl_buffer_view(&island), out);
    return pl_buffer_check(out, "the report", error);
}
