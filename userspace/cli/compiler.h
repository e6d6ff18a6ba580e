/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the compiler is told beyond C.
 */
#ifndef COMPILER_H
#define COMPILER_H

/* Argument @format_ is like printf()'s, its arguments begin with @first. */
#define __printf(format_, first) __attribute((format(printf, format_, first)))

#endif /* COMPILER_H */
