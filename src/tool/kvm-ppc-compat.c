// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-ppc-compat(8): whether a VMM on this host is told which modes its guests can have.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "facts.h"
#include "module.h"
#include "output.h"

#define USAGE 2

static struct facts facts;
static struct check checks[CHECKS];

static void help(void)
{
	puts("Usage: kvm-ppc-compat [status] [--json]\n"
	     "       kvm-ppc-compat caps|load|unload\n"
	     "\n"
	     "Tells whether a VMM on this host is told which compatibility modes its nested\n"
	     "guests can have, and what to do if not.\n"
	     "\n"
	     "Commands:\n"
	     "  status         one line for each question, with the reason; the default\n"
	     "  caps           only the modes, one a line\n"
	     "  load           load kvm_hv and, where the kernel has no answer itself,\n"
	     "                 " MODULE "\n"
	     "  unload         unload " MODULE "\n"
	     "\n"
	     "Options:\n"
	     "  -j, --json     status as a JSON object\n"
	     "  -h, --help     this text\n"
	     "  -V, --version  the version\n"
	     "\n"
	     "Exit status: 0 a VMM gets an answer, 1 it does not, 2 wrong usage,\n"
	     "3 that could not be found out. unload: 0 if it is not loaded any more.");
}

static enum outcome ask(void)
{
	facts_get(&facts, "", true);
	return checks_judge(checks, &facts);
}

static int status(bool json)
{
	enum outcome outcome = ask();
	const char *no_color = getenv("NO_COLOR");

	if (json)
		output_json(stdout, &facts, checks, outcome);
	else
		output_table(stdout, &facts, checks,
			     isatty(STDOUT_FILENO) && (!no_color || !*no_color));
	return outcome;
}

/* Says on stderr if there is no answer. */
static int told(enum outcome outcome)
{
	if (outcome != ANSWER)
		fprintf(stderr, "kvm-ppc-compat: %s; kvm-ppc-compat status says why\n",
			outcome == UNKNOWN ? "cannot find out whether a VMM gets an answer" :
					     "no VMM gets an answer");
	return outcome;
}

static int caps(void)
{
	enum outcome outcome = ask();
	char names[64];

	mode_names(names, sizeof(names), facts.modes, "\n");
	if (outcome == ANSWER)
		puts(names);
	return told(outcome);
}

static int failed(const char *what, const char *name, int err)
{
	fprintf(stderr, "kvm-ppc-compat: cannot %s %s: %s: %s\n", what, name, strerror(-err),
		module_explain(err, name, &facts));
	return NO_ANSWER;
}

static int load(void)
{
	enum outcome outcome = ask();
	int err;

	if (!facts.kvm_hv[0]) {
		err = module_load("kvm_hv");
		outcome = ask();
		if (err)
			return failed("load", "kvm_hv", err);
	}
	/* native, or modprobe.d(5) has it loaded with kvm */
	if (outcome == ANSWER)
		return outcome;

	err = module_load(MODULE);
	outcome = ask();
	return err ? failed("load", MODULE, err) : told(outcome);
}

static int unload(void)
{
	int err = module_unload(MODULE);

	if (!err)
		return 0;
	/* without asking KVM, which may load the module */
	facts_get(&facts, "", false);
	return failed("unload", MODULE, err);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	const char *command = "status";
	bool json = false;
	int ret = 0, option;

	while ((option = getopt_long(argc, argv, "jhV", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			help();
			goto out;
		case 'V':
			puts("kvm-ppc-compat " VERSION);
			goto out;
		default:
			ret = USAGE;
			goto out;
		}
	}
	if (optind < argc)
		command = argv[optind++];

	if (optind < argc || (json && strcmp(command, "status")))
		ret = USAGE;
	else if (!strcmp(command, "status"))
		ret = status(json);
	else if (!strcmp(command, "caps"))
		ret = caps();
	else if (!strcmp(command, "load"))
		ret = load();
	else if (!strcmp(command, "unload"))
		ret = unload();
	else
		ret = USAGE;
out:
	if (ret == USAGE)
		fputs("kvm-ppc-compat: wrong usage. Try kvm-ppc-compat --help.\n", stderr);
	if (fflush(stdout) || ferror(stdout)) {
		perror("kvm-ppc-compat: cannot write");
		ret = UNKNOWN;
	}
	return ret;
}
