/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the facts mean: one answer to each question.
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
	CHECK_QEMU,
	CHECK_OLDER_QEMU,
	CHECKS
};

enum verdict { PASS, WARN, FAIL };

/**
 * struct check - the answer to one question
 * @verdict: FAIL: no VMM gets an answer because of this; WARN: that, or what it means, is not known
 * @value: in a word, for programs; kvm-ppc-compat(8) lists them
 * @text: in words: what is so, why, and what to do
 */
struct check {
	enum verdict verdict;
	char value[64];
	char text[PATH_MAX + 512];
};

/* What the tool as a whole found, which is its exit status */
enum outcome {
	ANSWER = 0,
	NO_ANSWER = 1,
	UNKNOWN = 3, /* 2 is a usage error */
};

extern const char * const check_keys[CHECKS];
extern const char * const check_questions[CHECKS];

enum outcome checks_judge(struct check *checks, const struct facts *facts);
void mode_names(char *names, size_t size, uint64_t modes, const char *separator);

#endif /* CHECKS_H */
