// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading with faults injected: the Nth thing that can fail does, for every N.
 */
#define _GNU_SOURCE
#include "stress.h"

#define FAILSLAB "/sys/kernel/debug/failslab"
#define FAIL_FUNCTION "/sys/kernel/debug/fail_function"

/*
 * Returns how many loads failed, with @expected, until one met no fault. What fails otherwise, or leaves
 * something behind, counts as @unclean.
 */
static unsigned long load_with_faults(const char *expected, unsigned long *loads, unsigned long *unclean)
{
	int fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	int module = open(OURS, O_RDONLY | O_CLOEXEC), length;
	const char *result = "none";
	unsigned long n, refused = 0;
	char number[24];

	for (n = 1; ; n++) {
		/* nothing but the system call in question between these two */
		length = snprintf(number, sizeof(number), "%lu", n);
		pwrite(fail_nth, number, length, 0);
		result = syscall(SYS_finit_module, module, "", 0) ? strerrorname_np(errno) : "0";
		length = pread(fail_nth, number, sizeof(number) - 1, 0);
		pwrite(fail_nth, "0", 1, 0);
		if (length <= 0)
			break;
		number[length] = '\0';
		if (!strcmp(result, "0")) {
			*unclean += strcmp(unload("kvm_ppc_compat"), "0") != 0;
		} else if (!strcmp(result, expected)) {
			refused++;
		} else {
			++*unclean;
			printf("# fault %lu: %s\n", n, result);
		}
		*unclean += !access(SYSFS, F_OK);
		if (strtoul(number, NULL, 10)) /* there were not that many */
			break;
	}
	is("the load without a fault", result, "0");
	*loads += n;
	close(module);
	close(fail_nth);
	return refused;
}

void faults(void)
{
	/* by which the module registers something */
	static const char * const functions[] = {
		"register_kprobe", "register_module_notifier", "sysfs_create_group",
	};
	unsigned long loads = 0, unclean = 0, refused;
	const char *name = "faults-while-loading";
	unsigned int failed = tap_failed;
	size_t f;

	write_file(FAILSLAB "/verbose", "0");
	write_file(FAIL_FUNCTION "/verbose", "0");
	is("load what makes functions injectable", load_module("/modules/injectable.ko", ""), "0");
	is("unload", unload("kvm_ppc_compat"), "0");

	/* How many allocations there are differs from load to load: registrations are tried without them. */
	write_file(FAILSLAB "/cache-filter", "Y"); /* none but of caches that were named */
	for (f = 0; f < sizeof(functions) / sizeof(functions[0]); f++)
		write_file(FAIL_FUNCTION "/inject", functions[f]);
	refused = load_with_faults("EINVAL", &loads, &unclean); /* the functions' error */
	/*
	 * two each for the self-test's hook and the two others, the notifier, the files; the kernel's own files for the
	 * module's parameters and sections
	 */
	ok(refused == 10, "%s: %lu refused for lack of a registration", name, refused);
	write_file(FAIL_FUNCTION "/inject", "\n"); /* none */
	is("unload what makes functions injectable", unload("injectable"), "0");

	write_file(FAILSLAB "/cache-filter", "N");
	write_file(FAILSLAB "/ignore-gfp-wait", "N"); /* fail those that may sleep, too */
	refused = load_with_faults("ENOMEM", &loads, &unclean);
	ok(refused > 0, "%s: %lu refused for lack of memory", name, refused);

	ok(!unclean, "%s: nothing is left of them", name);
	nothing_left();
	is("the next load", load_module(OURS, ""), "0");
	is("state", read_line(SYSFS "/state"), "attached");
	experiment(name, loads, failed);
}
