// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O ports of a guest of "xvcpu run".
 *
 * 0x3f8	serial port, data: what is written is output
 * 0x3fd	serial port, line status: reads 0x60, ready to send
 * 0xe9, 0x402	debug ports: what is written is output; they read 0xe9
 * 0xf4		a byte written ends the guest with that exit status
 *
 * Others read all ones, and what is written to them is lost.  Of a write wider
 * than a byte the low byte counts.
 */
#include "port.h"

#include <stdio.h>
#include <string.h>

#define PORT_SERIAL	0x3f8
#define PORT_SERIAL_LSR	0x3fd
#define PORT_BOCHS	0xe9
#define PORT_SEABIOS	0x402
#define PORT_END	0xf4

#define LSR_READY	0x60
#define DEBUG_PRESENT	0xe9

void ports_init(struct ports *ports, const char *until)
{
	memset(ports, 0, sizeof(*ports));
	ports->until = until;
	ports->until_length = until ? strlen(until) : 0;
}

/* Let the last bytes of output slide past, and compare. */
static void look_for_text(struct ports *ports, char byte)
{
	size_t length = ports->until_length;

	if (ports->tail_length == length)
		memmove(ports->tail, ports->tail + 1, --ports->tail_length);
	ports->tail[ports->tail_length++] = byte;
	if (ports->tail_length == length &&
	    !memcmp(ports->tail, ports->until, length))
		ports->found = true;
}

static void output(struct ports *ports, uint8_t byte)
{
	putchar(byte);
	ports->mid_line = byte != '\n';
	if (ports->until && !ports->found)
		look_for_text(ports, byte);
}

static void write_port(struct ports *ports, uint16_t port, uint8_t byte)
{
	switch (port) {
	case PORT_SERIAL:
	case PORT_BOCHS:
	case PORT_SEABIOS:
		output(ports, byte);
		break;
	case PORT_END:
		ports->ended = true;
		ports->status = byte;
		break;
	}
}

static uint8_t read_port(uint16_t port)
{
	switch (port) {
	case PORT_SERIAL_LSR:
		return LSR_READY;
	case PORT_BOCHS:
	case PORT_SEABIOS:
		return DEBUG_PRESENT;
	default:
		return 0xff;
	}
}

/* One exit may be many accesses of the same port: string instructions. */
void ports_exit(struct ports *ports, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	uint32_t i;

	for (i = 0; i < run->io.count && !ports->ended && !ports->found; i++) {
		if (run->io.direction == KVM_EXIT_IO_OUT) {
			write_port(ports, run->io.port, *data);
		} else {
			memset(data, 0xff, run->io.size);
			*data = read_port(run->io.port);
		}
		data += run->io.size;
	}
}
