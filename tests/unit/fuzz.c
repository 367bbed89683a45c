// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzzes the files that the tool reads: it must neither crash nor read outside its buffers.
 * Input: for each file in turn its length and its contents.
 */
#include <stdint.h>

#include "../../src/tool/output.h"
#include "../../src/tool/report.h"
#include "root.h"

static const char * const files[] = {
	"/proc/cpuinfo",
	"/proc/device-tree/cpus/PowerPC,POWER10@0/cpu-version",
	"/proc/device-tree/cpus/PowerPC,POWER10@8/cpu-version",
	"/sys/module/kvm_hv/initstate",
	"/sys/module/kvm_hv/parameters/nested",
	"/sys/module/kvm_ppc_compat/initstate",
	"/sys/module/kvm_ppc_compat/version",
	"/sys/module/kvm_ppc_compat/state",
	"/sys/module/kvm_ppc_compat/reason",
	"/sys/module/kvm_ppc_compat/backend",
	"/sys/module/kvm_hv/refcnt",
	"/sys/kernel/security/lockdown",
	"/proc/cmdline",
	"/dev/kmsg",
	"/var/lib/dkms/kvm-ppc-compat/0.1.0/build/make.log",
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (!mkdtemp(root))
		abort();
	atexit(remove_root);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct check checks[CHECKS];
	static struct facts facts;
	static struct result result;
	char *text;
	size_t i, length;
	FILE *output;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		length = size ? *data++ : 0;
		size -= !!size;
		if (length > size)
			length = size;
		put(files[i], data, length);
		data += length;
		size -= length;
	}
	facts_get(&facts, root, ASK_AS_VMM);
	checks_judge(&result, checks, &facts);
	output = open_memstream(&text, &size);
	output_table(output, &facts, &result, checks, false, true);
	output_json(output, &facts, &result, checks);
	report(output, root, &facts, &result, checks);
	fclose(output);
	free(text);
	return 0;
}
