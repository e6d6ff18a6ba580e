// SPDX-License-Identifier: GPL-2.0
/*
 * xvcpu trace export --svg: a timeline: a row for each vCPU, where colours are
 * CPUs, and a row for each CPU, where colours are vCPUs.
 */
#include "trace.h"

#include <stdlib.h>

#include "command.h"
#include "out.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define WIDTH	1000.0
#define MARGIN	80
#define ROW	24
#define MAX_ROW	64

struct svg {
	uint64_t start;
	uint64_t end;
	uint32_t vcpu[MAX_ROW];
	int nr_vcpus;
	int cpu[MAX_ROW];
	int nr_cpus;
	bool too_many;
};

static const char *const colours[] = {
	"#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7",
	"#a463f2", "#97bbf5", "#9c6b4e", "#9498a0",
};

static const char *colour(int n)
{
	return colours[n % ARRAY_SIZE(colours)];
}

static int vcpu_row(struct svg *svg, uint32_t vcpu)
{
	int i;

	for (i = 0; i < svg->nr_vcpus; i++)
		if (svg->vcpu[i] == vcpu)
			return i;
	if (i == MAX_ROW) {
		svg->too_many = true;
		return -1;
	}
	svg->vcpu[svg->nr_vcpus++] = vcpu;
	return i;
}

static int cpu_row(struct svg *svg, int cpu)
{
	int i;

	for (i = 0; i < svg->nr_cpus; i++)
		if (svg->cpu[i] == cpu)
			return i;
	if (i == MAX_ROW) {
		svg->too_many = true;
		return -1;
	}
	svg->cpu[svg->nr_cpus++] = cpu;
	return i;
}

static void measure(const struct trace_pair *pair, void *arg)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;
	struct svg *svg = arg;

	vcpu_row(svg, pair->entry->vcpu);
	cpu_row(svg, record->cpu);
	if (record->entered < svg->start)
		svg->start = record->entered;
	if (record->time > svg->end)
		svg->end = record->time;
}

static double x_of(const struct svg *svg, uint64_t time)
{
	return MARGIN + WIDTH * (time - svg->start) / (svg->end - svg->start);
}

static void bar(const struct svg *svg, const struct trace_pair *pair, int row,
		int colour_number)
{
	const struct xvcpu_exit_record *record = &pair->entry->record;
	double from = x_of(svg, record->entered), to = x_of(svg, record->time);
	char about[96];

	trace_describe(record, about, sizeof(about));
	out_line(OUT_PLAIN, "<rect x=\"%.3f\" y=\"%d\" width=\"%.3f\" height=\"%d\" fill=\"%s\"><title>vCPU %u on CPU %d, %llu ns, then %s %s</title></rect>",
		 from, row * ROW + 4, to - from > 0.05 ? to - from : 0.05,
		 ROW - 8, colour(colour_number), pair->entry->vcpu, record->cpu,
		 (unsigned long long)(record->time - record->entered),
		 trace_reason(record), about);
}

static void draw(const struct trace_pair *pair, void *arg)
{
	int vcpu = vcpu_row(arg, pair->entry->vcpu);
	int cpu = cpu_row(arg, pair->entry->record.cpu);
	struct svg *svg = arg;

	if (vcpu < 0 || cpu < 0)
		return;
	bar(svg, pair, vcpu, cpu);
	bar(svg, pair, svg->nr_vcpus + cpu, vcpu);
}

static void label(int row, const char *what, long long number, int of_colour)
{
	out_line(OUT_PLAIN, "<text x=\"4\" y=\"%d\" fill=\"%s\">%s %lld</text>",
		 row * ROW + 16, colour(of_colour), what, number);
}

static void labels(const struct svg *svg)
{
	int i;

	for (i = 0; i < svg->nr_vcpus; i++)
		label(i, "vCPU", svg->vcpu[i], i);
	for (i = 0; i < svg->nr_cpus; i++)
		label(svg->nr_vcpus + i, "CPU", svg->cpu[i], i);
	out_line(OUT_PLAIN, "<text x=\"%d\" y=\"%d\">0</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3f ms</text>",
		 MARGIN, (svg->nr_vcpus + svg->nr_cpus) * ROW + 16,
		 MARGIN + (int)WIDTH,
		 (svg->nr_vcpus + svg->nr_cpus) * ROW + 16,
		 (svg->end - svg->start) / 1e6);
}

int trace_svg(FILE *file, const struct trace_filter *filter)
{
	struct svg svg = { .start = UINT64_MAX };

	if (trace_file_each(file, filter, measure, &svg))
		return REFUSED;
	if (svg.end <= svg.start) {
		out_error("nothing to draw: no exit was recorded that is wanted");
		return REFUSED;
	}
	if (svg.too_many)
		out_error("more than %d vCPUs or CPUs: the others are not drawn",
			  MAX_ROW);
	out_line(OUT_PLAIN, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">",
		 MARGIN + (int)WIDTH + 20,
		 (svg.nr_vcpus + svg.nr_cpus + 1) * ROW);
	labels(&svg);
	if (trace_file_each(file, filter, draw, &svg))
		return REFUSED;
	out_line(OUT_PLAIN, "</svg>");
	return DONE;
}
