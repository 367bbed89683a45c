// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that ask without pause, and notice every answer that nobody may give.
 */
#define _GNU_SOURCE
#include <sys/resource.h>

#include "stress.h"

static volatile bool callers_stop;
bool callers_know_answer;

static struct caller callers[CALLERS];

void wrong(struct caller *caller, const char *what, long value, int err)
{
	if (!caller->wrong[0])
		snprintf(caller->wrong, sizeof(caller->wrong), "%s: %#lx, %s", what, value,
			 err ? strerrorname_np(err) : "0");
}

void ask(struct caller *caller, const struct abi *asked, int vm_fd)
{
	uint64_t words[4] = { [2] = 0x5a5a, [3] = 0x5a5a };
	int err;

	words[asked->size_at / 8] = 24;
	words[asked->flags_at / 8] = 0;
	err = ioctl(vm_fd, asked->command, words) ? errno : 0;
	if (words[asked->size_at / 8] != 24 || words[asked->flags_at / 8] || words[3] != 0x5a5a)
		wrong(caller, "the structure", words[asked->size_at / 8], err);
	if (!err) {
		caller->answered++;
		if (words[2] != own_caps && words[2] != other_caps)
			wrong(caller, "modes", words[2], err);
	} else {
		caller->unknown++;
		if (err != ENOTTY || words[2] != 0x5a5a || callers_know_answer)
			wrong(caller, "the ioctl", words[2], err);
	}
}

static void ask_capability(struct caller *caller, int fd)
{
	int ret = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS);

	if (ret != 1 && (ret != 0 || callers_know_answer))
		wrong(caller, "the capability", ret, 0);
	ret = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_PPC_COMPAT_CAPS + 1);
	if (ret)
		wrong(caller, "another capability", ret, 0);
}

void ask_all(struct caller *caller, const struct abi *asked, int vm_fd, int fd)
{
	ask(caller, asked, vm_fd);
	ask_capability(caller, fd);
	if (ioctl(vm_fd, _IO(KVMIO, 0xff), 0) != -1 || errno != ENOTTY)
		wrong(caller, "an ioctl that nobody knows", 0, errno);
}

static void *caller_main(void *data)
{
	struct caller *caller = data;
	int kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0), other_fd;
	unsigned long round = 0;

	setpriority(PRIO_PROCESS, gettid(), 0); /* main()'s is higher */
	if (vm_fd < 0)
		wrong(caller, "KVM_CREATE_VM", vm_fd, errno);
	while (!callers_stop && !caller->wrong[0]) {
		ask_all(caller, &abis[round % ABIS], vm_fd, round % 2 ? kvm_fd : vm_fd);
		if (++round % 256 == 0) {
			other_fd = ioctl(kvm_fd, KVM_CREATE_VM, 0);
			if (other_fd < 0)
				wrong(caller, "KVM_CREATE_VM", other_fd, errno);
			ask(caller, abis, other_fd);
			close(other_fd);
		}
	}
	close(vm_fd);
	close(kvm_fd);
	return NULL;
}

void start_callers(bool know_answer)
{
	int i;

	callers_stop = false;
	callers_know_answer = know_answer;
	memset(callers, 0, sizeof(callers));
	for (i = 0; i < CALLERS; i++)
		pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
}

void stop_callers(const char *name, bool some_unknown)
{
	unsigned long answered = 0, unknown = 0;
	const char *first = "";
	int i;

	callers_stop = true;
	for (i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		answered += callers[i].answered;
		unknown += callers[i].unknown;
		if (callers[i].wrong[0])
			first = callers[i].wrong;
	}
	if (!ok(!*first, "%s: each call gets a right answer", name))
		printf("# %s\n", first);
	printf("# %lu calls answered, %lu not\n", answered, unknown);
	ok(answered > 0, "%s: calls were answered", name);
	if (some_unknown)
		ok(unknown > 0, "%s: calls were left to the stock code", name);
}
