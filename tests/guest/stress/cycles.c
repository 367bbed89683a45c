// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module and kvm_hv come and go under load.
 */
#define _GNU_SOURCE
#include "stress.h"

/* Unloading a module that is in use, by a call or by somebody who looks at it, has to be tried again. */
const char *unload_in_use(const char *name)
{
	const char *result;
	int tries;

	for (tries = 0; tries < 1000000; tries++) {
		result = unload(name);
		if (strcmp(result, "EAGAIN"))
			break;
	}
	return result;
}

/* Wait for nobody to hold a reference on kvm_hv, which VMs drop after their file is closed. */
void references_back(const char *name)
{
	int tries;

	if (kvm_is_builtin())
		return;
	for (tries = 0; tries < 10000 && strcmp(read_line("/sys/module/kvm_hv/refcnt"), "0"); tries++)
		usleep(1000);
	ok(!strcmp(read_line("/sys/module/kvm_hv/refcnt"), "0"), "%s: no reference on kvm_hv is left", name);
}

void cycles(unsigned long count)
{
	const char *name = "load-unload-cycles", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	unsigned long i;

	start_callers(false);
	for (i = 0; i < count && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		/* long grace periods are another timing */
		write_file("/sys/kernel/rcu_expedited", i % 20 ? "1" : "0");
		unloaded = unload_in_use("kvm_ppc_compat");
		loaded = load_module(OURS, "");
	}
	write_file("/sys/kernel/rcu_expedited", "1");
	is("unload under load", unloaded, "0");
	is("load under load", loaded, "0");
	stop_callers(name, true);
	references_back(name);
	is("state", read_line(SYSFS "/state"), "attached");
	is("unload", unload("kvm_ppc_compat"), "0");
	nothing_left();
	is("load", load_module(OURS, ""), "0");
	experiment(name, i, failed);
}

void kvm_hv_cycles(unsigned long count)
{
	const char *name = "kvm_hv-cycles", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	unsigned long i, unanswered = 0;
	char yes[80];

	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	for (i = 0; i < count && !strcmp(unloaded, "0") && !strcmp(loaded, "0"); i++) {
		unloaded = unload_in_use("kvm_hv");
		unanswered += strcmp(read_line(SYSFS "/state"), "waiting") != 0;
		loaded = load_module("/modules/kvm-hv.ko", "");
		unanswered += strcmp(query(), yes) || strcmp(read_line(SYSFS "/state"), "attached");
	}
	is("unload kvm_hv", unloaded, "0");
	is("load kvm_hv", loaded, "0");
	ok(!unanswered, "attached and answering after each");
	experiment(name, i, failed);
}

static volatile bool come_to_an_end;
static volatile unsigned long times; /* that the module went and came back */

static void *come_and_go(void *data)
{
	const char **result = data;

	while (!come_to_an_end) {
		*result = unload_in_use("kvm_ppc_compat");
		if (strcmp(*result, "0"))
			break;
		*result = load_module(OURS, "");
		if (strcmp(*result, "0"))
			break;
		times++;
	}
	return NULL;
}

/* Both come and go, each at its own pace. */
void both_cycle(unsigned long count)
{
	const char *name = "both-come-and-go", *ours = "0", *unloaded = "0", *loaded = "0";
	unsigned int failed = tap_failed;
	pthread_t thread;
	unsigned long i;
	char yes[80];

	come_to_an_end = false;
	times = 0;
	if (!ok(!pthread_create(&thread, NULL, come_and_go, &ours), "%s: a thread", name))
		return;
	/* in few rounds the module may not have moved */
	for (i = 0; (i < count || !times) && !strcmp(unloaded, "0") && !strcmp(loaded, "0") && !strcmp(ours, "0"); i++) {
		unloaded = unload_in_use("kvm_hv");
		loaded = load_module("/modules/kvm-hv.ko", "");
	}
	come_to_an_end = true;
	pthread_join(thread, NULL);
	is("the module's result", ours, "0");
	ok(times > 0, "%s: the module went and came back %lu times", name, times);
	is("unload kvm_hv", unloaded, "0");
	is("load kvm_hv", loaded, "0");
	snprintf(yes, sizeof(yes), "kvm=1 vm=1 ioctl=%#" PRIx64, own_caps);
	is("answer afterwards", query(), yes);
	experiment(name, i, failed);
}
