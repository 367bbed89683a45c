// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the result and the checks, for people and for programs.
 */
#include <errno.h>

#include <json-c/json.h>

#include <kvm_ppc_compat.h>

#include "output.h"

static const char * const verdicts[] = {
	[PASS] = "PASS",
	[NOT_APPLICABLE] = "N/A",
	[WARN] = "WARN",
	[FAIL] = "FAIL",
};

/**
 * output_table() - print the result in one line, then one line for each check that matters
 * @file: where to print
 * @facts: from facts_get()
 * @result: from checks_judge()
 * @checks: the same
 * @verbose: print all checks
 * @colour: colour the verdicts
 */
void output_table(FILE *file, const struct facts *facts, const struct result *result,
		  const struct check *checks, bool verbose, bool colour)
{
	static const char * const colours[] = {
		[PASS] = "\033[32m",
		[NOT_APPLICABLE] = "",
		[WARN] = "\033[33m",
		[FAIL] = "\033[31m",
	};
	bool has_remedy;
	int id, left_out = 0;

	fprintf(file, "%s%s%s\n", result->text, result->remedy[0] ? "; " : "", result->remedy);
	if (facts->loaded_kvm_hv)
		fprintf(file,
			"This command loaded kvm_hv when it opened /dev/kvm; --no-load avoids that.\n");
	if (!verbose && !facts->partition)
		return;
	fputc('\n', file);
	for (id = 0; id < CHECKS; id++) {
		if (!verbose && checks[id].verdict <= NOT_APPLICABLE &&
		    (id < CHECK_QEMU || checks[id].verdict == NOT_APPLICABLE)) {
			left_out++;
			continue;
		}
		/* the first line already has the remedy of the cause */
		has_remedy = checks[id].remedy[0] && &checks[id] != result->cause;
		fprintf(file, "  %-30s: %s%-4s%s  %s%s%s\n", check_names[id],
			colour ? colours[checks[id].verdict] : "", verdicts[checks[id].verdict],
			colour ? "\033[0m" : "", checks[id].text, has_remedy ? "; " : "",
			has_remedy ? checks[id].remedy : "");
	}
	if (verbose)
		fprintf(file, "\nkvm-ppc-compat " VERSION ", Linux %s\n", facts->uts.release);
	else
		fprintf(file,
			"\n%d checks that pass or do not apply are not shown; -v shows them.\n",
			left_out);
}

/* json-c returns NULL if there is no memory, but accepts NULL as the value null. */
static bool add(struct json_object *object, const char *key, struct json_object *value)
{
	return value && !json_object_object_add(object, key, value);
}

static bool add_string(struct json_object *object, const char *key, const char *value)
{
	return add(object, key, json_object_new_string(value));
}

static bool add_modes(struct json_object *object, uint64_t modes)
{
	struct json_object *array = json_object_new_array(), *name;
	bool good = add(object, "modes", array);
	char mode[16];
	uint64_t bit;

	/* the oldest mode has the highest bit */
	for (bit = KVM_PPC_COMPAT_CAP_POWER9; good && bit; bit >>= 1) {
		mode_names(mode, sizeof(mode), modes & bit, "");
		if (!mode[0])
			continue;
		name = json_object_new_string(mode);
		good = name && !json_object_array_add(array, name);
	}
	return good;
}

static bool add_checks(struct json_object *object, const struct check *checks)
{
	struct json_object *all = json_object_new_object(), *check;
	bool good = add(object, "checks", all);
	int id;

	for (id = 0; good && id < CHECKS; id++) {
		check = json_object_new_object();
		good = add(all, check_keys[id], check) &&
		       add_string(check, "verdict", verdicts[checks[id].verdict]) &&
		       add_string(check, "value", checks[id].value) &&
		       add_string(check, "text", checks[id].text) &&
		       add_string(check, "remedy", checks[id].remedy);
	}
	return good;
}

/**
 * output_json() - print the same as one JSON object; status.schema.json describes it
 * @file: where to print
 * @facts: from facts_get()
 * @result: from checks_judge()
 * @checks: the same
 *
 * Return: 0, or -ENOMEM.
 */
int output_json(FILE *file, const struct facts *facts, const struct result *result,
		const struct check *checks)
{
	static const char * const answers[] = {
		[ANSWER] = "yes",
		[NO_ANSWER] = "no",
		[UNKNOWN] = "unknown",
	};
	struct json_object *object = json_object_new_object();
	const char *text = NULL;

	if (object &&
	    add(object, "schema_version", json_object_new_int(SCHEMA_VERSION)) &&
	    add_string(object, "version", VERSION) &&
	    add_string(object, "kernel", facts->uts.release) &&
	    add_string(object, "answer", answers[result->outcome]) &&
	    add_string(object, "result", result->text) &&
	    add_string(object, "remedy", result->remedy) &&
	    add_modes(object, facts->modes) && add_checks(object, checks))
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_SPACED |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(file, "%s\n", text);
	json_object_put(object);
	return text ? 0 : -ENOMEM;
}
