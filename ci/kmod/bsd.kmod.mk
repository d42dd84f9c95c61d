# SPDX-License-Identifier: BSD-2-Clause
#
# Stands in for FreeBSD's bsd.kmod.mk where there is none: makes ${KMOD}.ko for
# amd64 with clang and lld, of any sys tree from FreeBSD 12 on, with or without
# the rest of the sources.  It takes from the tree what must fit the kernel:
# headers, makeobjops.awk, and the C standard that kern.mk asks for; the rest is
# as sys/conf/kmod.mk has it for a module outside of the tree.
#
#	cd drivers/modules/vio && bmake -r -m TOP/ci/kmod SYSDIR=/usr/src/sys
#
# KMOD, SRCS, .PATH, CFLAGS, EXPORT_SYMS and KERNBUILDDIR mean what they mean
# there.  EXPORT_SYMS is YES, or names symbols.

CC?=		clang
LD?=		ld.lld
AWK?=		awk
NM?=		llvm-nm
OBJCOPY?=	llvm-objcopy

.if exists(${.CURDIR}/../Makefile.inc)
.include "${.CURDIR}/../Makefile.inc"
.endif

VERSION!=	${AWK} '$$2 == "__FreeBSD_version" { print $$3; exit }' \
		${SYSDIR}/sys/param.h
CSTD!=		sed -n 's/^CSTD?*=[[:blank:]]*//p' ${SYSDIR}/conf/kern.mk \
		2>/dev/null | tail -n 1
.if empty(CSTD)
CSTD=		gnu99
.endif

# The target says FreeBSD, so that ABI and predefined macros are its own.
CFLAGS+=	--target=x86_64-unknown-freebsd${VERSION:C/.....$//}
CFLAGS+=	-std=${CSTD} -O2 -pipe -fno-strict-aliasing
CFLAGS+=	-D_KERNEL -DKLD_MODULE -nostdinc
.if defined(KERNBUILDDIR)
CFLAGS+=	-DHAVE_KERNEL_OPTION_HEADERS \
		-include ${KERNBUILDDIR}/opt_global.h -I${KERNBUILDDIR}
.endif
CFLAGS+=	-I. -I${SYSDIR} -I${SYSDIR}/contrib/ck/include
CFLAGS+=	-fno-common -fno-omit-frame-pointer \
		-mno-omit-leaf-frame-pointer -fno-pic -ffreestanding -fwrapv
# No -fstack-protector: several releases of clang reach its guard through a
# global offset table, which the kernel's linker does not have.
# No floating point in the kernel, no memory below the stack pointer that an
# interrupt could not have, and addresses in the topmost 2 GB.
CFLAGS+=	-mcmodel=kernel -mno-red-zone -mno-mmx -mno-sse -msoft-float \
		-mno-aes -mno-avx -fno-asynchronous-unwind-tables
CFLAGS+=	-Wall -Werror -Wredundant-decls -Wnested-externs \
		-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
		-Wcast-qual -Wundef -Wno-pointer-sign -Wmissing-include-dirs \
		-Wno-address-of-packed-member \
		-D__printf__=__freebsd_kprintf__
# Without INVARIANTS, accessors of <sys/bus.h> set what nobody reads.
CFLAGS+=	-Wno-unused-but-set-variable

OBJS=		${SRCS:M*.c:R:S/$/.o/}
EXPORT_SYMS?=	NO

.MAIN: all
.PHONY: all
all: ${KMOD}.ko

.SUFFIXES:
.SUFFIXES: .c .o
.c.o:
	${CC} ${CFLAGS} -c ${.IMPSRC} -o ${.TARGET}
${OBJS}: ${SRCS:M*.h} machine x86

machine:
	ln -fns ${SYSDIR}/amd64/include ${.TARGET}
x86:
	ln -fns ${SYSDIR}/x86/include ${.TARGET}

# Without a kernel's build folder, options have their defaults.
.for _opt in ${SRCS:Mopt_*.h}
${_opt}:
.if defined(KERNBUILDDIR)
	ln -fns ${KERNBUILDDIR}/${_opt} ${.TARGET}
.else
	: >${.TARGET}
.endif
.endfor

# The kernel's interfaces; the Makefile says how to make its own.
.for _if in ${SRCS:M*_if.[ch]}
.if !target(${_if})
${_if}:
	@m=$$(find -L ${SYSDIR}/kern ${SYSDIR}/dev -name ${_if:R}.m \
	    2>/dev/null | sed q); \
	[ -n "$$m" ] || { echo "${KMOD}: ${SYSDIR} has no ${_if:R}.m" >&2; \
	    exit 1; }; \
	${AWK} -f ${SYSDIR}/tools/makeobjops.awk "$$m" -${_if:E}
.endif
.endfor

# What is not exported becomes local to the module.
${KMOD}.ko: ${OBJS}
	${LD} -m elf_x86_64_fbsd -r -o ${.TARGET} ${OBJS}
.if ${EXPORT_SYMS} != "YES"
	printf '%s\n' ${EXPORT_SYMS:NNO} >export_syms
	${NM} -P -g ${.TARGET} >global_syms
	${AWK} 'NR == FNR { keep[$$1]; next } \
	    $$2 != "U" && !($$1 in keep) { print $$1 }' \
	    export_syms global_syms >local_syms
	${OBJCOPY} --localize-symbols=local_syms ${.TARGET}
.endif
	${OBJCOPY} --strip-debug ${.TARGET}
