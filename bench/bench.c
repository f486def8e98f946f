/* SPDX-License-Identifier: MIT */
/* bench ROWS TSV: measure the rows of a table natively and under the PAL, interleaved; print medians, and the same with
 * quartiles to the file TSV. Exits with 1 if something could not be measured or is beyond its limit. Does not know how
 * anything is measured. */
#include "measure.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

enum { ROUNDS_MAX = 4000, ROUNDS_MIN = 5, SECONDS_MAX = 4, WORDS_MAX = 31, OUTPUT_MAX = 4096 };

struct metric {
    const char *name;
    const char *unit;
    int (*measure)(char *const argv[], double *out_value);
    int rounds;
    int decimals;
    bool same_output; /* the two commands are to print the same */
};

static const struct metric metrics[] = {
    {"time", "us", measure_time, ROUNDS_MAX, 1, true},
    {"memory", "KiB", measure_memory, ROUNDS_MIN, 0, false},
    {"calls", "calls", measure_calls, ROUNDS_MIN, 0, false},
    {"calls-to-write", "calls", measure_calls_to_write, ROUNDS_MIN, 0, false},
    {"size", "KiB", measure_size, 1, 0, false},
    {"ns", "ns", measure_printed, ROUNDS_MIN, 1, false},
    {"ns-1", "ns", measure_printed_on_one, ROUNDS_MIN, 1, false},
};

/* One line of the table; the text is the line's own. */
struct row {
    const char *name;
    const struct metric *metric;
    char *native[WORDS_MAX + 1];
    char *pal[WORDS_MAX + 1];
    const char *limit;
};

struct samples {
    double native[ROUNDS_MAX];
    double pal[ROUNDS_MAX];
    size_t count;
};

static bool streq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The next column of the line, without the blanks around it; empty if there is none. */
static char *next_column(char **line)
{
    static char none[] = "";
    char *column = strsep(line, "|");
    if (!column)
        return none;
    column += strspn(column, " \t");
    size_t len = strlen(column);
    while (len > 0 && strchr(" \t\n", column[len - 1]))
        len--;
    column[len] = '\0';
    return column;
}

/* Words separated by blanks. */
static bool split(char *command, char *out_words[WORDS_MAX + 1])
{
    size_t count = 0;
    for (char *word = strtok(command, " \t"); word; word = strtok(NULL, " \t")) {
        if (count == WORDS_MAX)
            return false;
        out_words[count++] = word;
    }
    out_words[count] = NULL;
    return count > 0;
}

static bool parse_row(char *line, struct row *out_row)
{
    out_row->name = next_column(&line);
    const char *metric = next_column(&line);
    const bool complete = split(next_column(&line), out_row->native) && split(next_column(&line), out_row->pal);
    out_row->limit = next_column(&line);
    out_row->metric = NULL;
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        if (streq(metric, metrics[i].name))
            out_row->metric = &metrics[i];
    return complete && out_row->metric;
}

static int check_same_output(const struct row *row)
{
    char native[OUTPUT_MAX];
    char pal[OUTPUT_MAX];
    if (measure_output(row->native, sizeof(native), native) != 0 || measure_output(row->pal, sizeof(pal), pal) != 0)
        return -1;
    return streq(native, pal) ? 0 : measure_failed(row->name, "the two commands print different things");
}

/* Alternately, so that both suffer alike from what else the machine does; the first round is only to warm up. */
static int sample(const struct row *row, struct samples *out_samples)
{
    const struct metric *metric = row->metric;
    const time_t end = time(NULL) + SECONDS_MAX;
    double ignored = 0;
    out_samples->count = 0;
    if (metric->same_output && check_same_output(row) != 0)
        return -1;
    if (metric->measure(row->native, &ignored) != 0 || metric->measure(row->pal, &ignored) != 0)
        return -1;
    for (int i = 0; i < metric->rounds && (i < ROUNDS_MIN || time(NULL) < end); i++) {
        if (metric->measure(row->native, &out_samples->native[i]) != 0 ||
            metric->measure(row->pal, &out_samples->pal[i]) != 0)
            return -1;
        out_samples->count++;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The value that the given part, in quarters, of the sorted samples does not exceed. */
static double quartile(const double *sorted, size_t count, size_t quarters)
{
    const size_t at = (count - 1) * quarters;
    const double low = sorted[at / 4];
    const double high = sorted[(at + 3) / 4];
    return low + (high - low) * (double)(at % 4) / 4;
}

/* What the limit says of the medians: "" without a limit. */
static const char *judge(const char *limit, double native, double pal)
{
    char quantity[8];
    char relation[3];
    double bound = 0;
    double value = pal;
    if (limit[0] == '\0')
        return "";
    if (sscanf(limit, "%7s %2s %lf", quantity, relation, &bound) != 3 || relation[0] != '<')
        return "?";
    if (streq(quantity, "ratio"))
        value = pal / native;
    else if (streq(quantity, "more"))
        value = pal - native;
    else if (!streq(quantity, "pal"))
        return "?";
    return value < bound || (value == bound && relation[1] == '=') ? "ok" : "MISSED";
}

/* Print a row, to the terminal and to the file.
 * returns  0, -1 if the limit is missed */
static int report(const struct row *row, struct samples *samples, FILE *tsv)
{
    const struct metric *metric = row->metric;
    const size_t count = samples->count;
    qsort(samples->native, count, sizeof(double), compare);
    qsort(samples->pal, count, sizeof(double), compare);
    const double native = quartile(samples->native, count, 2);
    const double pal = quartile(samples->pal, count, 2);
    const char *verdict = judge(row->limit, native, pal);

    printf("%-36s %-6s %10.*f %10.*f", row->name, metric->unit, metric->decimals, native, metric->decimals, pal);
    if (native > 0)
        printf(" %8.2f", pal / native);
    else
        printf(" %8s", "-");
    printf("  %s%s%s\n", row->limit, *verdict ? "  " : "", verdict);
    (void)fflush(stdout);

    (void)fprintf(tsv, "%s\t%s\t%s\t%zu", row->name, metric->name, metric->unit, count);
    for (size_t quarters = 1; quarters <= 3; quarters++)
        (void)fprintf(tsv, "\t%.3f\t%.3f", quartile(samples->native, count, quarters),
                      quartile(samples->pal, count, quarters));
    (void)fprintf(tsv, "\t%.4f\t%s\t%s\n", native > 0 ? pal / native : 0.0, row->limit, verdict);
    return *verdict == '\0' || streq(verdict, "ok") ? 0 : -1;
}

static void print_heads(FILE *tsv)
{
    struct utsname host;
    if (uname(&host) == 0)
        printf("Medians, natively and under the PAL in turn; %s %s %s\n\n", host.sysname, host.release, host.machine);
    printf("%-36s %-6s %10s %10s %8s  %s\n", "measurement", "unit", "native", "pal", "ratio", "limit");
    (void)fprintf(tsv, "measurement\tmetric\tunit\trounds\tnative_q1\tpal_q1\tnative\tpal\tnative_q3\tpal_q3\tratio\t"
                       "limit\tverdict\n");
}

/* All rows of the table.
 * returns  0, -1 if one of them failed */
static int measure_rows(const char *name, FILE *table, FILE *tsv)
{
    static struct samples samples;
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    for (int number = 1; getline(&line, &room, table) >= 0; number++) {
        struct row row;
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (!parse_row(line, &row)) {
            (void)fprintf(stderr, "bench: %s:%d: not a row\n", name, number);
            result = -1;
        } else if (sample(&row, &samples) != 0 || report(&row, &samples, tsv) != 0) {
            result = -1;
        }
    }
    free(line);
    return result;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: bench ROWS TSV\n");
        return 2;
    }
    FILE *table = fopen(argv[1], "re");
    FILE *tsv = table ? fopen(argv[2], "we") : NULL;
    if (!tsv) {
        (void)fprintf(stderr, "bench: %s: %s\n", argv[table ? 2 : 1], strerror(errno));
        return 2;
    }
    print_heads(tsv);
    int result = measure_rows(argv[1], table, tsv);
    (void)fclose(table);
    if (fclose(tsv) != 0)
        result = measure_failed(argv[2], strerror(errno));
    return result == 0 ? 0 : 1;
}
