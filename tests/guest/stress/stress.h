/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the experiments share, and what each file has of them.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>

#include "abi.h"
#include "module.h"
#include "vmm.h"

#define CALLERS 4

/* What the host reports; under device-tree updates also something else */
extern uint64_t own_caps, other_caps;

/* The line for an experiment that has ended */
void experiment(const char *name, unsigned long count, unsigned int failed_before);

/* callers.c: threads that ask without pause */

struct caller {
	pthread_t thread;
	unsigned long answered, unknown;
	char wrong[128]; /* the first wrong answer */
};

extern bool callers_know_answer;	/* the module is there all the time: stock answers are wrong */

void wrong(struct caller *caller, const char *what, long value, int err);
void ask(struct caller *caller, const struct abi *asked, int vm_fd);
/* Two calls that reach each hooked function: one that is ours, and one that is not. The capability is asked of @fd. */
void ask_all(struct caller *caller, const struct abi *asked, int vm_fd, int fd);
void start_callers(bool know_answer);
/* @some_unknown: there were times without the module, which the callers have to have met */
void stop_callers(const char *name, bool some_unknown);

/* cycles.c */
const char *unload_in_use(const char *name);
void references_back(const char *name);
void cycles(unsigned long count);
void kvm_hv_cycles(unsigned long count);
void both_cycle(unsigned long count);

/* the other files, one after the other */
/* @trampolines: this kernel has fentry and fexit; @multi: it has kprobe.multi */
void bpf_programs(int rounds, bool trampolines, bool multi);
void crowd(int processes);
void faults(void);
void kmemleak(void);
void slab_growth(int calls);
void livepatch(const char *module);
void device_tree_updates(int rounds);
void hotplug(int rounds);
void random_calls(unsigned long count, uint64_t seed);
void switches(int rounds);
void tracers(int rounds, bool at_ftrace_site);

#endif /* STRESS_H */
