// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command kvm-ppc-compat in a partition with the module, on any machine: it gets the facts of a host in a fake root,
 * and does not load or unload modules. For the commands in the documents.
 */
#include "../../src/tool/module.h"
#include "../../src/tool/report.h"
#include "host.h"

void __real_facts_get(struct facts *facts, const char *none, enum ask ask);
void __wrap_facts_get(struct facts *facts, const char *none, enum ask ask);
void __real_report(FILE *file, const char *none, const struct facts *facts, const struct result *result, const struct check *checks);
void __wrap_report(FILE *file, const char *none, const struct facts *facts, const struct result *result, const struct check *checks);
int __wrap_module_load(const char *name);
int __wrap_module_unload(const char *name);

void __wrap_facts_get(struct facts *facts, const char *none, enum ask ask)
{
	static bool made;

	if (!made) {
		if (make_host())
			abort();
		atexit(remove_root);
		module_state("attached", "");
		put_text(SYSFS "backend", "v1\n");
		kvm.capability = 1;
		made = true;
	}
	__real_facts_get(facts, root, ask);
}

void __wrap_report(FILE *file, const char *none, const struct facts *facts, const struct result *result, const struct check *checks)
{
	__real_report(file, root, facts, result, checks);
}

int __wrap_module_load(const char *name)
{
	return 0;
}

int __wrap_module_unload(const char *name)
{
	return 0;
}
