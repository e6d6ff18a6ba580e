/* SPDX-License-Identifier: GPL-2.0 */
/* A guest that has gone astray. */
#include "guests.h"

GUEST explain_loop, MODE_LONG, 64
	nop
1:	pause
	jmp	1b
GUEST_END explain_loop
