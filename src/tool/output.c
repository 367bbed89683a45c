// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answers, for people and for programs.
 */
#include "output.h"

static const char * const verdicts[] = { [PASS] = "PASS", [WARN] = "WARN", [FAIL] = "FAIL" };

/**
 * output_table() - one line for each question
 * @file: where to
 * @facts: from facts_get()
 * @checks: from checks_judge()
 * @colour: whether the verdicts are coloured
 */
void output_table(FILE *file, const struct facts *facts, const struct check *checks, bool colour)
{
	static const char * const colours[] = {
		[PASS] = "\033[32m",
		[WARN] = "\033[33m",
		[FAIL] = "\033[31m",
	};
	int i;

	fprintf(file, "kvm-ppc-compat " VERSION ", Linux %s\n\n", facts->uts.release);
	for (i = 0; i < CHECKS; i++)
		fprintf(file, "  %-30s: %s%s%s  %s\n", check_questions[i],
			colour ? colours[checks[i].verdict] : "", verdicts[checks[i].verdict],
			colour ? "\033[0m" : "", checks[i].text);
}

/* Anything but printable ASCII is escaped: what the kernel says need not be UTF-8. */
static void json_string(FILE *file, const char *string)
{
	const unsigned char *c;

	fputc('"', file);
	for (c = (const unsigned char *)string; *c; c++) {
		if (*c < ' ' || *c > '~')
			fprintf(file, "\\u%04x", *c);
		else
			fprintf(file, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	}
	fputc('"', file);
}

/**
 * output_json() - the same as one object, which kvm-ppc-compat(8) documents
 * @file: where to
 * @facts: from facts_get()
 * @checks: from checks_judge()
 * @outcome: what that returned
 */
void output_json(FILE *file, const struct facts *facts, const struct check *checks,
		 enum outcome outcome)
{
	static const char * const answers[] = {
		[ANSWER] = "yes",
		[NO_ANSWER] = "no",
		[UNKNOWN] = "unknown",
	};
	int i;

	fprintf(file, "{\n  \"version\": \"" VERSION "\",\n  \"kernel\": ");
	json_string(file, facts->uts.release);
	fprintf(file, ",\n  \"answer\": \"%s\",\n  \"checks\": {", answers[outcome]);
	for (i = 0; i < CHECKS; i++) {
		fprintf(file, "%s\n    \"%s\": { \"verdict\": \"%s\", \"value\": ", i ? "," : "",
			check_keys[i], verdicts[checks[i].verdict]);
		json_string(file, checks[i].value);
		fprintf(file, ", \"text\": ");
		json_string(file, checks[i].text);
		fprintf(file, " }");
	}
	fprintf(file, "\n  }\n}\n");
}
