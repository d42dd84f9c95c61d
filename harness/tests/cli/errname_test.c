/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names of error numbers, against the header that the kernel is compiled
 * with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errname.h"
#include "tests/test.h"

TEST(errname, names_are_those_of_the_header)
{
	FILE *header = fopen("harness/kernel/include/sys/errno.h", "r");
	char line[256], name[64], number[32];
	long value, highest = 0;
	int seen = 0;

	if (header == NULL)
		test_skip("the sources are not here");
	while (fgets(line, sizeof(line), header) != NULL) {
		if (sscanf(line, "#define %63s %31s", name, number) != 2 ||
		    strcmp(name, "ELAST") == 0)
			continue;
		value = strtol(number, NULL, 10);
		if (value <= 0)
			continue;
		T_STR(errname((int)value), name);
		seen++;
		highest = value > highest ? value : highest;
	}
	fclose(header);
	T_EQ(seen, highest);
	T_EQ(highest, 97);
}

TEST(errname, others_are_numbers)
{
	T_STR(errname(0), "error 0");
	T_STR(errname(98), "error 98");
	T_STR(errname(-3), "error -3");
}
