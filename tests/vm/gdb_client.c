// SPDX-License-Identifier: GPL-2.0
/*
 * A debugger for QEMU's gdbstub, as small as can be: it steps a guest from the
 * reset vector, resets it, and has it run into a hardware breakpoint where the
 * steps had ended.
 *
 * usage: gdb_client SOCKET
 *
 * Exit status: 0 if all went well; else 1, with what did not.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define STEPS		40
#define TRIES		100	/* for QEMU to listen */
#define PATIENCE	30	/* seconds for an answer */
#define RIP		16	/* of the registers in a "g" packet */

static int fd;
static char reply[8192];

static void fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE };
	int i;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (i = 0; i < TRIES; i++) {
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return;
		usleep(100000);
	}
	fail("nobody listens at %s", path);
}

static int get_byte(void)
{
	unsigned char byte;

	if (read(fd, &byte, 1) != 1)
		fail("QEMU has hung up, or does not answer");
	return byte;
}

static void get_reply(void)
{
	size_t len = 0;
	int byte;

	while (get_byte() != '$')
		;
	while ((byte = get_byte()) != '#' && len < sizeof(reply) - 1)
		reply[len++] = byte;
	reply[len] = '\0';
	get_byte();
	get_byte();
	if (write(fd, "+", 1) != 1)
		fail("QEMU has hung up");
}

/* Sends a packet, and gets what is answered. */
static void ask(const char *fmt, ...)
{
	char packet[256], framed[300];
	unsigned char sum = 0;
	va_list args;
	char *p;

	va_start(args, fmt);
	vsnprintf(packet, sizeof(packet), fmt, args);
	va_end(args);
	for (p = packet; *p; p++)
		sum += *p;
	snprintf(framed, sizeof(framed), "$%s#%02x", packet, sum);
	if (write(fd, framed, strlen(framed)) != (ssize_t)strlen(framed))
		fail("QEMU has hung up");
	get_reply();
}

static void expect(const char *start)
{
	if (strncmp(reply, start, strlen(start)))
		fail("'%s' came where '%s' was expected", reply, start);
}

static uint64_t hex(const char *from, int bytes)
{
	uint64_t value = 0;
	unsigned int byte;
	int i;

	for (i = 0; i < bytes; i++) {
		if (sscanf(from + 2 * i, "%2x", &byte) != 1)
			fail("registers that are none: %s", reply);
		value |= (uint64_t)byte << 8 * i;
	}
	return value;
}

/*
 * After the 16 general registers of 8 bytes come RIP, 4 bytes of flags, and CS.
 * It is real mode until the selector is one of a table's.
 */
static uint64_t linear_rip(void)
{
	uint64_t rip, cs;

	ask("g");
	rip = hex(reply + RIP * 16, 8);
	cs = hex(reply + (RIP + 1) * 16 + 8, 4);
	return cs < 0x100 ? rip : rip + cs * 16;
}

static void monitor(const char *command)
{
	char encoded[128];
	size_t i;

	for (i = 0; command[i]; i++)
		sprintf(encoded + 2 * i, "%02x", command[i]);
	ask("qRcmd,%s", encoded);
	while (reply[0] == 'O' && reply[1] != 'K')
		get_reply();
	expect("OK");
}

int main(int argc, char **argv)
{
	uint64_t first, last;
	int i;

	if (argc != 2)
		fail("usage: gdb_client SOCKET");
	connect_to(argv[1]);
	ask("?");
	expect("T");
	first = linear_rip();
	for (i = 0; i < STEPS; i++) {
		ask("s");
		expect("T05");
	}
	last = linear_rip();
	if (last == first)
		fail("%d steps led nowhere", STEPS);
	monitor("system_reset");
	ask("Z1,%llx,1", (unsigned long long)last);
	expect("OK");
	ask("c");
	expect("T05");
	if (linear_rip() != last)
		fail("the breakpoint was at 0x%llx, the guest is at 0x%llx",
		     (unsigned long long)last,
		     (unsigned long long)linear_rip());
	printf("stepped to 0x%llx, and ran there again\n",
	       (unsigned long long)last);
	return 0;
}
