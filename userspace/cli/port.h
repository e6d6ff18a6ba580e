/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The I/O ports of a guest of "xvcpu run": its output, and its way to end.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>

/* Length of the longest text that can be waited for. */
#define PORTS_UNTIL_MAX	256

/**
 * struct ports - what has come out of the ports
 * @until: the text that is waited for, or NULL.
 * @until_length: its length.
 * @tail: the last bytes of output, as many as @until has.
 * @tail_length: how many there are.
 * @mid_line: the latest byte of output was not the end of a line.
 * @found: @until has come out.
 * @ended: the guest has asked to be ended.
 * @status: with which exit status.
 */
struct ports {
	const char *until;
	size_t until_length;
	char tail[PORTS_UNTIL_MAX];
	size_t tail_length;
	bool mid_line;
	bool found;
	bool ended;
	uint8_t status;
};

/**
 * ports_init() - set the ports up
 * @ports: the ports.
 * @until: the text to wait for, at most PORTS_UNTIL_MAX bytes; or NULL.
 */
void ports_init(struct ports *ports, const char *until);

/** ports_exit() - perform what a KVM_EXIT_IO asks for */
void ports_exit(struct ports *ports, struct kvm_run *run);

#endif /* PORT_H */
