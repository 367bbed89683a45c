// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts the instructions of calls. The time base counts them, because with QEMU's -icount shift=0 each instruction on any
 * CPU takes a nanosecond. Interrupts make a round of calls longer, so the result is the first quartile of several rounds.
 *
 * Usage: bench attach|native NODES...
 *	  bench trace CALL
 *
 * Prints lines "SETTING OPERATION COUNT". SETTING is "stock", without the module, or "module"; "module+1000" is with 1,000
 * more nodes in the device tree, before /cpus. "trace" prints the addresses of the kernel's functions, and then makes that
 * call with the module without an end, for tests/bench/trace.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "vmm.h"

#define OURS "/modules/kvm_ppc_compat.ko"

#define ROUNDS 50
#define ROUNDS_OF_ONE 200 /* of a call that is a round by itself */
#define TICK 4000000UL /* of the timer: at all times between two of them such rounds start */
#define THREADS 4
#define CALLS 200 /* of each thread in a round */
#define TIMEBASE_HZ 512000000ULL /* of each POWER processor */

static int kvm_fd, vm_fd, vcpu_fd;
static struct kvm_regs regs;
static struct kvm_run *vcpu_run;

static void fail(const char *what)
{
	printf("@lab bench: %s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static uint64_t timebase(void)
{
	return __builtin_ppc_get_timebase();
}

static double instructions(uint64_t ticks)
{
	return ticks * (1e9 / TIMEBASE_HZ);
}

static void stay_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		fail("sched_setaffinity");
}

/* --- the calls, each with a known result --- */

static int expected_compat_caps;

static void get_compat_caps(void)
{
	struct kvm_ppc_compat_caps caps = { .size = sizeof(caps) };

	if (ioctl(vm_fd, KVM_PPC_GET_COMPAT_CAPS, &caps) != expected_compat_caps)
		fail("KVM_PPC_GET_COMPAT_CAPS");
}

static void unknown_vm_ioctl(void)
{
	if (ioctl(vm_fd, _IO(KVMIO, 0xff), 0) != -1)
		fail("a VM ioctl that is not known");
}

static void check_extension(void)
{
	if (ioctl(vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_PAPR) != 1)
		fail("KVM_CHECK_EXTENSION");
}

static void vcpu_ioctl(void)
{
	if (ioctl(vcpu_fd, KVM_GET_REGS, &regs))
		fail("KVM_GET_REGS");
}

/* The guest makes a hypercall to its VMM, and continues until the next one. */
static void run(void)
{
	if (ioctl(vcpu_fd, KVM_RUN, 0) < 0)
		fail("KVM_RUN");
}

static void create_vm(void)
{
	int fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (fd < 0 || close(fd))
		fail("KVM_CREATE_VM");
}

static const struct operation {
	const char *name;
	void (*call)(void);
} operations[] = {
	{ "get_compat_caps", get_compat_caps },
	{ "unknown_vm_ioctl", unknown_vm_ioctl },
	{ "check_extension", check_extension },
	{ "vcpu_ioctl", vcpu_ioctl },
	{ "run", run },
	{ "create_vm", create_vm },
};

/* Checks the results after some of these calls, so that the check is not counted. errno was 0 before. */
static void check(const struct operation *op)
{
	bool fails = op->call == unknown_vm_ioctl || (op->call == get_compat_caps && expected_compat_caps);

	if (errno != (fails ? ENOTTY : 0))
		fail(op->name);
	errno = 0;
	if (op->call == run && vcpu_run->exit_reason != KVM_EXIT_PAPR_HCALL)
		fail("what KVM_RUN ends with");
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double count(const struct operation *op)
{
	unsigned int round, rounds = ROUNDS, call, calls;
	uint64_t ticks[ROUNDS_OF_ONE], start;

	errno = 0;
	/* calls for a millisecond, a quarter of the timer's period; the first calls are slower */
	op->call();
	start = timebase();
	op->call();
	calls = 1e6 / instructions(timebase() - start);
	if (calls <= 1) {
		calls = 1;
		rounds = ROUNDS_OF_ONE;
	}
	for (round = 0; round < rounds; round++) {
		/* the time of waiting for other CPUs depends on QEMU's next timer */
		if (calls == 1)
			asm volatile("mtctr %0; 1: bdnz 1b" : : "r"(TICK * (round * 7 % 20 + 1) / 20) : "ctr");
		start = timebase();
		for (call = 0; call < calls; call++)
			op->call();
		ticks[round] = timebase() - start;
	}
	check(op);
	qsort(ticks, rounds, sizeof(ticks[0]), compare);
	return instructions(ticks[rounds / 4]) / calls;
}

/* --- several threads, each on its own CPU --- */

static pthread_barrier_t barrier;

struct caller {
	pthread_t thread;
	int cpu;
	uint64_t start, end;	/* of a round */
};

static void *call_often(void *arg)
{
	struct caller *caller = arg;
	unsigned int round, call;

	stay_on(caller->cpu);
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		caller->start = timebase();
		for (call = 0; call < CALLS; call++)
			get_compat_caps();
		caller->end = timebase();
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* The instructions of all threads for one call, including those of waiting for each other. */
static double count_threads(void)
{
	uint64_t ticks[ROUNDS], start, end;
	struct caller callers[THREADS] = {};
	unsigned int round;
	int i;

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++) {
		callers[i].cpu = i;
		if (pthread_create(&callers[i].thread, NULL, call_often, &callers[i]))
			fail("pthread_create");
	}
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		start = callers[0].start;
		end = callers[0].end;
		for (i = 1; i < THREADS; i++) {
			if (callers[i].start < start)
				start = callers[i].start;
			if (callers[i].end > end)
				end = callers[i].end;
		}
		ticks[round] = end - start;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(callers[i].thread, NULL);
	qsort(ticks, ROUNDS, sizeof(ticks[0]), compare);
	return instructions(ticks[ROUNDS / 4]) / THREADS / CALLS;
}

/* --- */

static void bench(const char *setting)
{
	size_t i;

	stay_on(0);
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		printf("%s %s %.0f\n", setting, operations[i].name, count(&operations[i]));
	if (sysconf(_SC_NPROCESSORS_ONLN) >= THREADS)
		printf("%s get_compat_caps_by_%d_threads %.0f\n", setting, THREADS, count_threads());
}

/* A guest of two instructions, in real mode: sc 1; b .-4 */
static void make_vcpu(void)
{
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_userspace_memory_region region = { .memory_size = 1 << 20 };
	uint32_t *memory = mmap(NULL, region.memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kvm_sregs sregs;

	if (memory == MAP_FAILED)
		fail("mmap");
	memory[0x100 / 4] = 0x44000022;
	memory[0x104 / 4] = 0x4bfffffc;
	region.userspace_addr = (uintptr_t)memory;
	vcpu_fd = ioctl(vm_fd, KVM_CREATE_VCPU, 0);
	vcpu_run = mmap(NULL, ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_fd, 0);
	if (vcpu_run == MAP_FAILED)
		fail("a vCPU's memory");
	if (vcpu_fd < 0 || ioctl(vm_fd, KVM_SET_USER_MEMORY_REGION, &region) || ioctl(vcpu_fd, KVM_GET_SREGS, &sregs))
		fail("a vCPU");
	asm("mfpvr %0" : "=r"(sregs.pvr));
	regs.pc = 0x100;
	regs.msr = 1ULL << 63 | 1ULL << 12 | 1;
	if (ioctl(vcpu_fd, KVM_SET_SREGS, &sregs) || ioctl(vcpu_fd, KVM_ENABLE_CAP, &papr) || ioctl(vcpu_fd, KVM_SET_REGS, &regs))
		fail("a vCPU's registers");
}

/* Loading, unloading, and the memory of the module: the size of its sections. */
static void bench_loading(void)
{
	uint64_t load, start, ticks, least_load = UINT64_MAX, least_unload = UINT64_MAX;
	unsigned long size = 0;
	unsigned int round;
	char line[256];
	FILE *modules;

	for (round = 0; round < 5; round++) {
		start = timebase();
		if (strcmp(load_module(OURS, ""), "0"))
			fail("loading the module");
		load = timebase() - start;
		if (load < least_load)
			least_load = load;
		modules = fopen("/proc/modules", "re");
		while (modules && fgets(line, sizeof(line), modules))
			sscanf(line, "kvm_ppc_compat %lu", &size);
		fclose(modules);
		start = timebase();
		if (syscall(SYS_delete_module, "kvm_ppc_compat", O_NONBLOCK))
			fail("unloading the module");
		ticks = timebase() - start;
		if (ticks < least_unload)
			least_unload = ticks;
	}
	printf("module load %.0f\n", instructions(least_load));
	printf("module unload %.0f\n", instructions(least_unload));
	printf("module bytes %lu\n", size);
}

/* Adds nodes up to that number. The kernel puts new nodes before the old ones. */
static void add_nodes(unsigned int from, unsigned int to)
{
	int fd = open("/proc/ppc64/ofdt", O_WRONLY);
	char buffer[64];
	unsigned int i;
	int size;

	for (i = from; i < to; i++) {
		/* in groups of a hundred, because the kernel searches all siblings for the name of a new node */
		if (i % 100)
			size = sprintf(buffer, "add_node /bench-%u/node-%u x 1 y", i / 100, i % 100);
		else
			size = sprintf(buffer, "add_node /bench-%u x 1 y", i / 100);
		if (write(fd, buffer, size) != size)
			fail("add_node");
	}
	close(fd);
}

static void make_calls_for_ever(const char *name)
{
	const struct operation *op = operations;
	char address[32], type[2], symbol[256], line[512];
	FILE *kallsyms = fopen("/proc/kallsyms", "re");

	if (strcmp(load_module(OURS, ""), "0"))
		fail("loading the module");
	expected_compat_caps = 0;
	while (strcmp(op->name, name))
		op++;
	while (kallsyms && fgets(line, sizeof(line), kallsyms))
		if (sscanf(line, "%31s %1[tT] %255s", address, type, symbol) == 3)
			printf("%s %s\n", address, symbol);
	puts("@trace");
	for (;;)
		op->call();
}

int main(int argc, char **argv)
{
	bool native = !strcmp(argv[1], "native");
	const char *setting = native ? "stock" : "module";
	char with_nodes[32];
	unsigned int nodes = 0;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm_fd = open("/dev/kvm", O_RDWR);
	vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (vm_fd < 0)
		fail("/dev/kvm");
	make_vcpu();
	if (!strcmp(argv[1], "trace"))
		make_calls_for_ever(argv[2]);
	expected_compat_caps = native ? 0 : -1;
	bench("stock");
	if (!native) {
		bench_loading();
		if (strcmp(load_module(OURS, ""), "0"))
			fail("loading the module");
		expected_compat_caps = 0;
		bench("module");
	}
	for (i = 2; i < argc; i++) {
		add_nodes(nodes, atoi(argv[i]));
		nodes = atoi(argv[i]);
		snprintf(with_nodes, sizeof(with_nodes), "%s+%u", setting, nodes);
		printf("%s %s %.0f\n", with_nodes, operations[0].name, count(&operations[0]));
	}
	return 0;
}
