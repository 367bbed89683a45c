/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meaning of the facts: the result, and one verdict for each check.
 */
#ifndef CHECKS_H
#define CHECKS_H

#include <stddef.h>

#include "facts.h"

enum check_id {
	CHECK_PLATFORM,
	CHECK_API,
	CHECK_KVM_HV,
	CHECK_FEATURE,
	CHECK_BUILT,
	CHECK_LOADED,
	CHECK_ATTACHED,
	CHECK_CAPABILITY,
	CHECK_IOCTL,
	CHECK_MODES,
	CHECK_PARTITION,
	/* the following are advice, derived from the others */
	CHECK_QEMU,
	CHECK_OLDER_QEMU,
	CHECK_LIBVIRT,
	CHECKS
};

enum verdict { PASS, NOT_APPLICABLE, WARN, FAIL };

/**
 * struct check - the verdict of one check
 * @verdict: FAIL: VMMs cannot query the modes because of this; WARN: unknown, or a possible
 *	problem; NOT_APPLICABLE: not applicable here, or only a consequence of another check
 * @value: one word for programs; kvm-ppc-compat(8) lists the possible ones
 * @text: the finding, for people
 * @remedy: what to do, in the imperative; empty if there is nothing to do
 */
struct check {
	enum verdict verdict;
	char value[64];
	char text[PATH_MAX + 512];
	char remedy[512];
};

/* Whether VMMs can query the modes. This is the exit status of the tool; 2 is a usage error. */
enum outcome {
	ANSWER = 0,
	NO_ANSWER = 1,
	UNKNOWN = 3,
};

/**
 * struct result - whether VMMs on this host can query the modes
 * @outcome: whether they can
 * @text: the same in words, with the modes or the reason
 * @remedy: what to do, in the imperative; empty if there is nothing to do
 * @cause: the check that has the reason, or NULL
 */
struct result {
	enum outcome outcome;
	char text[PATH_MAX + 1024];
	const char *remedy;
	const struct check *cause;
};

/* What to do if kvm_hv cannot start: ENODEV */
#define ENABLE_NESTING "this partition cannot run nested guests; enable KVM for it on the HMC (or nesting in the KVM host), boot without disable_radix, and on PowerVM use Linux 6.7 or later"

extern const char * const check_keys[CHECKS];
extern const char * const check_names[CHECKS];

void checks_judge(struct result *result, struct check *checks, const struct facts *facts);
void mode_names(char *names, size_t size, uint64_t modes, const char *separator);
const char *mode_for_qemu(uint64_t modes);

#endif /* CHECKS_H */
