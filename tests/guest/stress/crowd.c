// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many VMs that ask at once.
 */
#define _GNU_SOURCE
#include <sys/wait.h>

#include "stress.h"

void crowd(int processes)
{
	const char *name = "VMs-asking-at-once";
	unsigned int failed = tap_failed;
	int i, n, status, wrong_ones = 0, ready[2], go[2];
	char byte;

	if (pipe(ready) || pipe(go))
		ok(false, "pipes");
	fflush(stdout);
	for (n = 0; n < processes; n++) {
		pid_t child = fork();

		wrong_ones += child < 0;
		if (!child) {
			struct caller caller = {};
			int vm_fd = ioctl(open("/dev/kvm", O_RDWR | O_CLOEXEC), KVM_CREATE_VM, 0);

			close(go[1]);
			(void)!write(ready[1], "", 1);
			(void)!read(go[0], &byte, 1); /* ends when the parent closes it */
			callers_know_answer = true;
			for (i = 0; i < 1000; i++)
				ask(&caller, &abis[i % ABIS], vm_fd);
			_exit(caller.wrong[0] || caller.answered != 1000);
		}
	}
	close(ready[1]); /* so that reading ends if one of them dies */
	for (n = 0; n < processes; n++)
		(void)!read(ready[0], &byte, 1);
	close(go[1]);
	while (wait(&status) > 0)
		wrong_ones += !WIFEXITED(status) || WEXITSTATUS(status);
	ok(!wrong_ones, "%s: all are answered", name);
	references_back(name);
	close(go[0]);
	close(ready[0]);
	experiment(name, processes, failed);
}
