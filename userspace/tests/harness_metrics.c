// SPDX-License-Identifier: GPL-2.0
/*
 * A checker of OpenMetrics text: what the specification demands of metric
 * families, of the names of their samples, of labels, and of buckets.
 */
#define _GNU_SOURCE
#include "harness_metrics.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MAX_FAMILIES	32

/**
 * struct state - where the checker is
 * @family: the metric family that samples belong to now.
 * @type: its type.
 * @has_help: its HELP has come.
 * @families: those that there have been.
 * @nr_families: how many.
 * @samples: how many there have been, and of this family.
 * @series: the labels of the buckets that are being gone through, without le.
 * @le: the bound of the latest one.
 * @cumulative: its value.
 */
struct state {
	char family[64];
	char type[16];
	bool has_help;
	char families[MAX_FAMILIES][64];
	int nr_families;
	int samples;
	int family_samples;
	char series[256];
	double le;
	double cumulative;
};

static bool is_name(const char *name)
{
	if (!isalpha(*name) && *name != '_')
		return false;
	while (isalnum(*name) || *name == '_')
		name++;
	return !*name;
}

static void begin_family(struct state *state, const char *name,
			 const char *type)
{
	int i;

	EXPECT(is_name(name));
	EXPECT(!strcmp(type, "counter") || !strcmp(type, "histogram"));
	for (i = 0; i < state->nr_families; i++)
		EXPECT(strcmp(state->families[i], name));
	REQUIRE(state->nr_families < MAX_FAMILIES);
	strcpy(state->families[state->nr_families++], name);
	strcpy(state->family, name);
	strcpy(state->type, type);
	state->has_help = false;
	state->family_samples = 0;
	state->series[0] = '\0';
}

/* Of what stands in a comment there are three kinds, before all samples. */
static void check_comment(struct state *state, const char *line)
{
	char kind[8], name[64], rest[16];
	int parts;

	parts = sscanf(line, "# %7s %63s %15[^\n]", kind, name, rest);
	REQUIRE_EQ(parts, 3);
	if (!strcmp(kind, "TYPE")) {
		begin_family(state, name, rest);
		return;
	}
	EXPECT(!strcmp(name, state->family));
	EXPECT_EQ(state->family_samples, 0);
	if (!strcmp(kind, "HELP")) {
		state->has_help = true;
		return;
	}
	EXPECT(!strcmp(kind, "UNIT"));
	/* The family's name ends with the unit. */
	REQUIRE(strlen(name) > strlen(rest));
	EXPECT(!strcmp(name + strlen(name) - strlen(rest), rest));
	EXPECT_EQ(name[strlen(name) - strlen(rest) - 1], '_');
}

/* A suffix after the family's name, or NULL. */
static const char *suffix_of(const struct state *state, const char *name)
{
	size_t length = strlen(state->family);

	return length && !strncmp(name, state->family, length) ?
	       name + length : NULL;
}

static void check_labels(char *labels)
{
	char *label, *value;

	while ((label = strsep(&labels, ","))) {
		value = strchr(label, '=');
		REQUIRE(value);
		*value++ = '\0';
		EXPECT(is_name(label));
		EXPECT(value[0] == '"' && strlen(value) >= 2 &&
		       value[strlen(value) - 1] == '"');
	}
}

/* Bounds rise, values do not fall, and the last bound is infinity. */
static void check_bucket(struct state *state, char *labels, double value)
{
	char *le = strstr(labels, ",le=\"");
	double bound;

	REQUIRE(le);
	bound = strtod(le + strlen(",le=\""), NULL);
	*le = '\0';
	if (strcmp(state->series, labels)) {
		snprintf(state->series, sizeof(state->series), "%s", labels);
		state->le = -1;
		state->cumulative = 0;
	}
	EXPECT(bound > state->le);
	EXPECT(value >= state->cumulative);
	state->le = bound;
	state->cumulative = value;
}

static void check_histogram(struct state *state, const char *suffix,
			    char *labels, double value)
{
	if (!strcmp(suffix, "_bucket")) {
		check_bucket(state, labels, value);
		return;
	}
	EXPECT(!strcmp(suffix, "_count") || !strcmp(suffix, "_sum"));
	EXPECT(!strcmp(state->series, labels));
	EXPECT(isinf(state->le));
	if (!strcmp(suffix, "_count"))
		EXPECT_EQ(value, state->cumulative);
}

static void check_sample(struct state *state, const char *line)
{
	char name[80], labels[256], copy[256], *end;
	const char *suffix;
	double value;
	int at = 0, parts;

	parts = sscanf(line, "%79[^{ ]{%255[^}]} %n", name, labels, &at);
	REQUIRE(parts == 2 && at);
	value = strtod(line + at, &end);
	EXPECT(end > line + at && (!*end || *end == '\n'));
	EXPECT(value >= 0);
	strcpy(copy, labels);
	check_labels(copy);
	suffix = suffix_of(state, name);
	REQUIRE(suffix);
	EXPECT(state->has_help);
	if (!strcmp(state->type, "counter"))
		EXPECT(!strcmp(suffix, "_total"));
	else
		check_histogram(state, suffix, labels, value);
	state->samples++;
	state->family_samples++;
}

int metrics_check(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct state state = {};
	bool ended = false;

	REQUIRE(*text && text[strlen(text) - 1] == '\n');
	copy[strlen(copy) - 1] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		test_context("line '%s'", line);
		EXPECT(!ended);
		EXPECT(*line);
		if (!strcmp(line, "# EOF"))
			ended = true;
		else if (*line == '#')
			check_comment(&state, line);
		else
			check_sample(&state, line);
	}
	EXPECT(ended);
	free(copy);
	return state.samples;
}

double metrics_value(const char *text, const char *sample)
{
	const char *at = strstr(text, sample);

	if (!at || (at > text && at[-1] != '\n') || at[strlen(sample)] != ' ')
		return -1;
	return strtod(at + strlen(sample), NULL);
}
