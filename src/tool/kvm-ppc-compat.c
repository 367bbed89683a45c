// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm-ppc-compat(8): whether VMMs on this host can query the compatibility modes of nested guests.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "module.h"
#include "output.h"
#include "report.h"

#define USAGE 2

static struct facts facts;
static struct check checks[CHECKS];
static struct result result;

static struct {
	bool json, no_load, qemu, quiet, verbose;
} options;

static int help(void)
{
	puts("Usage: kvm-ppc-compat [status] [--json | --quiet | --verbose] [--no-load]\n"
	     "       kvm-ppc-compat caps [--qemu]\n"
	     "       kvm-ppc-compat libvirt|load|unload|report|help|version\n"
	     "\n"
	     "Show whether a VMM on this host can query the compatibility modes of nested KVM\n"
	     "guests, and what to do if it cannot. This can load kvm_hv, as a VMM does.\n"
	     "\n"
	     "Commands:\n"
	     "  status         the result and what is wrong; the default\n"
	     "  caps           the modes, one per line\n"
	     "  libvirt        the <cpu> element for a domain in the newest mode\n"
	     "  load           load kvm_hv and, if the kernel lacks the interface, the module\n"
	     "  unload         unload the module\n"
	     "  report         text for a bug report\n"
	     "Options:\n"
	     "  -v, --verbose  show all checks           -q, --quiet    only the exit status\n"
	     "  -j, --json     print JSON                -n, --no-load  load no module\n"
	     "      --qemu     print the names that QEMU and libvirt use\n"
	     "  -h, --help     this text                 -V, --version  the version\n"
	     "\n"
	     "Exit status: 0 VMMs can query the modes, 1 they cannot, 2 usage, 3 unknown.");
	return 0;
}

static int version(void)
{
	puts("kvm-ppc-compat " VERSION);
	return 0;
}

static enum outcome query(enum ask ask)
{
	facts_get(&facts, "", ask);
	checks_judge(&result, checks, &facts);
	return result.outcome;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
	       strcmp(term, "dumb");
}

static int status(void)
{
	query(options.no_load ? ASK_WITHOUT_LOADING : ASK_AS_VMM);
	if (options.json) {
		if (output_json(stdout, &facts, &result, checks)) {
			fputs("kvm-ppc-compat: cannot print JSON: out of memory\n", stderr);
			return UNKNOWN;
		}
	} else if (!options.quiet) {
		output_table(stdout, &facts, &result, checks, options.verbose, wants_colour());
	}
	return result.outcome;
}

/* If VMMs cannot query the modes, the reason goes to stderr, and stdout remains empty. */
static int explain(void)
{
	if (result.outcome != ANSWER)
		fprintf(stderr, "kvm-ppc-compat: %s%s%s\n", result.text,
			result.remedy[0] ? "; " : "", result.remedy);
	return result.outcome;
}

static int caps(void)
{
	char names[64], *c;

	if (query(ASK_AS_VMM) == ANSWER) {
		mode_names(names, sizeof(names), facts.modes, "\n");
		for (c = names; options.qemu && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c += 'a' - 'A';
		puts(names);
	}
	return explain();
}

static int libvirt(void)
{
	if (query(ASK_AS_VMM) == ANSWER) {
		printf("<cpu mode='host-model'>\n  <model>%s</model>\n</cpu>\n",
		       mode_for_qemu(facts.modes));
		if (checks[CHECK_LIBVIRT].remedy[0])
			fprintf(stderr, "kvm-ppc-compat: note: %s\n",
				checks[CHECK_LIBVIRT].remedy);
	}
	return explain();
}

static int failed(const char *what, const char *name, int err)
{
	fprintf(stderr, "kvm-ppc-compat: cannot %s %s: %s: %s\n", what, name, strerror(-err),
		module_explain(err, name, &facts));
	return NO_ANSWER;
}

static int load(void)
{
	int err, vms;

	query(ASK_AS_VMM);
	if (!facts.partition)
		return explain();
	if (!facts.kvm_hv[0]) {
		err = module_load("kvm_hv");
		query(ASK_AS_VMM);
		if (err)
			return failed("load", "kvm_hv", err);
	}
	/* the kernel provides the interface, or modprobe has loaded the module with kvm */
	if (result.outcome == ANSWER)
		return ANSWER;

	vms = facts.vms;
	err = module_load(MODULE);
	query(ASK_AS_VMM);
	if (err)
		return failed("load", MODULE, err);
	/* a VMM that gets another answer now chooses a mode at the reboot that KVM refuses */
	if (result.outcome == ANSWER && vms > 0)
		fprintf(stderr,
			"kvm-ppc-compat: warning: VMs that ran before the module was loaded: %d. With QEMU 11.2 or later their guests can fail at the next reboot; shut them down and start them again instead of rebooting them.\n",
			vms);
	return explain();
}

static int unload(void)
{
	int err;

	/* without opening /dev/kvm, which can load the module */
	facts_get(&facts, "", ASK_NOTHING);
	if (!facts.initstate[0] && !facts.sysfs_err) {
		puts(MODULE " is not loaded.");
		return 0;
	}
	err = module_unload(MODULE);
	return err ? failed("unload", MODULE, err) : 0;
}

static int print_report(void)
{
	query(ASK_AS_VMM);
	report(stdout, "", &facts, &result, checks);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(void);
	const char *options; /* the letters of those that it accepts */
} commands[] = {
	{ "status", status, "jnqv" },
	{ "caps", caps, "Q" },
	{ "libvirt", libvirt, "" },
	{ "load", load, "" },
	{ "unload", unload, "" },
	{ "report", print_report, "" },
	{ "help", help, "" },
	{ "version", version, "" },
	{}
};

static int usage(const char *what, const char *word)
{
	if (word)
		fprintf(stderr, "kvm-ppc-compat: %s '%s'. ", what, word);
	fputs("Try 'kvm-ppc-compat --help'.\n", stderr);
	return USAGE;
}

/* Returns the command to run, or NULL after an error was printed. */
static const struct command *parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "no-load", no_argument, NULL, 'n' },
		{ "qemu", no_argument, NULL, 'Q' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	const struct command *command = commands;
	char given[8] = "", *end = given;
	int option;
	size_t i;

	argv[0] = "kvm-ppc-compat"; /* getopt_long() prints it in its errors */
	while ((option = getopt_long(argc, argv, "jnqvhV", known, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 'n':
			options.no_load = true;
			break;
		case 'Q':
			options.qemu = true;
			break;
		case 'q':
			options.quiet = true;
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'h':
		case 'V':
			for (; command->run != (option == 'h' ? help : version); command++)
				;
			return command;
		default:
			usage(NULL, NULL);
			return NULL;
		}
		if (!strchr(given, option))
			*end++ = option;
	}
	if (optind < argc) {
		for (; command->name && strcmp(command->name, argv[optind]); command++)
			;
		if (!command->name) {
			usage("unknown command", argv[optind]);
			return NULL;
		}
		optind++;
	}
	if (optind < argc) {
		usage("unexpected argument", argv[optind]);
		return NULL;
	}
	for (i = 0; known[i].name; i++) {
		if (!strchr(given, known[i].val) || strchr(command->options, known[i].val))
			continue;
		fprintf(stderr, "kvm-ppc-compat: '%s' does not accept --%s. ", command->name,
			known[i].name);
		usage(NULL, NULL);
		return NULL;
	}
	if (options.json + options.quiet + options.verbose > 1) {
		fputs("kvm-ppc-compat: --json, --quiet and --verbose exclude each other. ", stderr);
		usage(NULL, NULL);
		return NULL;
	}
	return command;
}

int main(int argc, char **argv)
{
	const struct command *command = parse(argc, argv);
	int ret = command ? command->run() : USAGE;

	if (fflush(stdout) || ferror(stdout)) {
		perror("kvm-ppc-compat: cannot write");
		ret = UNKNOWN;
	}
	return ret;
}
