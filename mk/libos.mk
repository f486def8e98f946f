# SPDX-License-Identifier: MIT
# The library OS: compiled once, linked against the stub of the Host ABI and nothing else. One line of sources for each room.

libos_dir := build/libos
libos_sources := \
    fs/file.c fs/fd.c fs/fd_calls.c fs/io.c fs/vectors.c fs/copy.c fs/control.c fs/owner.c fs/memfd.c fs/extent.c fs/open.c fs/path_file.c fs/walk.c fs/place.c fs/place_changes.c fs/prefix.c fs/mount.c fs/fs_init.c fs/cwd.c fs/stdio.c fs/chroot.c fs/chroot_open.c fs/chroot_names.c fs/host_file.c fs/host_resume.c fs/host_directory.c \
    fs/stat.c fs/access.c fs/attributes.c fs/space.c fs/names.c fs/links.c fs/directory.c fs/xattr.c fs/text.c fs/pseudo.c fs/pseudo_file.c fs/dev.c fs/terminal.c fs/job.c fs/tty.c fs/line.c fs/pty.c fs/pty_open.c fs/pty_master.c fs/pty_slave.c fs/sys.c fs/proc.c fs/proc_fd.c fs/proc_locks.c fs/proc_others.c fs/proc_maps.c fs/proc_mounts.c fs/proc_process.c fs/proc_status.c fs/proc_sys.c fs/proc_system.c fs/tmpfs.c fs/tmpfs_data.c fs/tmpfs_hold.c fs/tmpfs_mount.c fs/tmpfs_runs.c fs/tmpfs_space.c fs/tmpfs_file.c fs/tmpfs_names.c fs/tmpfs_tree.c fs/tmpfs_xattr.c \
    base/heap.c base/lock.c base/user.c base/user_copy.S base/failure.c base/log.c base/report.c base/stack_check.c \
    entry/start.S entry/entry.S entry/boot.c entry/dispatch.c entry/events.c entry/trace.c entry/offsets.c entry/patch.c entry/rewrite.c entry/stubs.c entry/vdso.c entry/vdso_bytes.S \
    elf/debug.c elf/image.c elf/script.c elf/stack.c elf/program.c \
    mm/mm.c mm/mappings.c mm/map_tree.c mm/host.c mm/map.c mm/change.c mm/brk.c mm/grow.c mm/remap.c mm/advise.c mm/policy.c mm/transfer.c mm/resident.c \
    fs/locks.c fs/lock_calls.c fs/lock_ends.c fs/lock_hold.c fs/lock_ranges.c fs/lock_table.c fs/lock_wait.c fs/notify.c fs/notify_far.c fs/inotify.c \
    signal/action.c signal/calls.c signal/deliver.c signal/fault.c signal/frame.c signal/mask.c signal/queue.c signal/send.c signal/stack.c signal/vectors.c signal/wait.c poll/signalfd.c \
    task/affinity.c task/arch.c task/capability.c task/clone.c task/deadline.c task/exec.c task/exit.c task/identity.c task/limits.c task/prctl.c task/priority.c task/subject.c task/random.c task/schedule.c task/system.c task/thread.c task/usage.c task/wait_queue.c \
    sync/far.c sync/futex.c sync/futex_pi.c sync/membarrier.c sync/queue.c sync/robust.c sync/waitv.c \
    time/clock.c time/clock_timer.c time/itimer.c time/posix_timer.c time/sleep.c time/timer_thread.c \
    poll/poll.c poll/poll_host.c poll/poll_items.c poll/poll_table.c poll/select.c poll/epoll.c poll/epoll_members.c poll/epoll_wait.c poll/eventfd.c poll/timerfd.c \
    ipc/pipe.c ipc/pipe_open.c ipc/pipe_ring.c ipc/pipe_host.c ipc/splice.c ipc/aio.c ipc/bell.c ipc/joint.c ipc/joint_holders.c ipc/fifo.c ipc/fifo_open.c ipc/common_state.c ipc/users.c ipc/sysv.c \
    ipc/sysv_control.c ipc/shm.c ipc/shm_attach.c ipc/sem.c ipc/sem_control.c ipc/sem_undo.c ipc/msg.c ipc/mqueue.c ipc/mqueue_calls.c \
    net/unix_link.c net/unix_table.c net/unix_server.c net/unix_share.c net/unix_box.c net/netlink.c \
    net/socket.c net/socket_calls.c net/messages.c net/vector.c net/options.c net/unix_socket.c net/unix_state.c net/unix_send.c net/unix_receive.c net/unix_control.c net/unix_names.c net/unix_connect.c net/inet_socket.c net/inet_names.c net/inet_connect.c net/inet_stream.c net/inet_datagram.c net/inet_options.c net/interfaces.c net/host_stream.c net/unix_host.c net/unix_frames.c \
    checkpoint/device.c checkpoint/files.c checkpoint/image.c checkpoint/resume.c checkpoint/save.c checkpoint/scan.c checkpoint/state.c \
    process/shared.c process/table.c process/mailbox.c process/children.c process/fork.c process/freeze.c process/vfork.c process/wait.c process/end.c \
    process/group.c process/job.c process/pidfd.c process/usage.c process/traits.c \
    fs/share.c fs/parcel.c \
    mm/fork.c \

libos_include := -IPal/include -IPal/lib -ILibOS/include -ILibOS/src -I$(libos_dir)
# Packed relative relocations leave the values in place (and take less room); ld has them since 2.38.
libos_relr = $(if $(shell ld --help | grep pack-relative-relocs),-Wl$(comma)-z$(comma)pack-relative-relocs)
# A program, not a library, as far as ld is concerned: so it has DT_DEBUG, by which the loader tells it of its list of objects.
libos_link = -pie -nostdlib -Wl,--no-dynamic-linker -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,-z,noseparate-code -Wl,--build-id=none -Wl,-Bsymbolic \
              -Wl,--hash-style=gnu -Wl,--gc-sections $(libos_relr) -Wl,-e,_start -Wl,--fatal-warnings -Wl,-soname,libsysdb.so \
              $(link_large)
# What the library OS uses of Pal/lib; the linker leaves out the rest.
libos_lib_objects := $(addprefix $(generic_dir)/lib/,$(lib_sources:.c=.o))
libos_objects := $(addprefix $(libos_dir)/,$(patsubst %.S,%.o,$(libos_sources:.c=.o))) $(libos_dir)/dispatch_table.o $(libos_dir)/errno_names.o

$(libos_dir)/syscalls.h: LibOS/src/entry/syscalls.tbl Tools/libos-syscalls.awk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -v want=prototypes -f Tools/libos-syscalls.awk $< > $@
$(libos_dir)/dispatch_table.c: LibOS/src/entry/syscalls.tbl Tools/libos-syscalls.awk
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -v want=dispatch -f Tools/libos-syscalls.awk $< > $@

# The vDSO is an object of its own, kept in the library OS as data.
$(libos_dir)/vdso.so: LibOS/src/entry/vdso_image.S LibOS/src/entry/vdso.lds build/flags
	$(say) LINK $@
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -shared -nostdlib -ILibOS/include -Wl,-T,LibOS/src/entry/vdso.lds -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both \
	    -Wl,--build-id=none -Wl,--eh-frame-hdr -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack LibOS/src/entry/vdso_image.S -o $@
	$(quiet)test "$$(readelf -lW $@ | awk '$$1 == "LOAD" { print $$5 }')" = 0x001000
$(libos_dir)/entry/vdso_bytes.o: $(libos_dir)/vdso.so

# Names of errors, from the kernel's headers.
$(libos_dir)/errno_names.c: /usr/include/asm-generic/errno-base.h /usr/include/asm-generic/errno.h
	$(say) GEN $@
	$(quiet)mkdir -p $(@D)
	$(quiet)awk 'BEGIN { print "#include \"entry/errno_names.h\"\n#include \"libos.h\"\n\nconst char *errno_name(int number)\n{\n    switch (number) {" } \
	     $$1 == "#define" && $$2 ~ /^E/ && $$3 ~ /^[0-9]+$$/ { print "    case " $$2 ":\n        return \"" $$2 "\";" } \
	     END { print "    case ERESTARTSYS:\n        return \"ERESTARTSYS\";\n    case ERESTARTNOINTR:\n        return \"ERESTARTNOINTR\";\n    case ERESTARTNOHAND:\n        return \"ERESTARTNOHAND\";\n    default:\n        return \"?\";\n    }\n}" }' $^ > $@
$(libos_dir)/errno_names.o: $(libos_dir)/errno_names.c build/flags
	$(call compile,$(libos_include))

$(libos_dir)/dispatch_table.o: $(libos_dir)/dispatch_table.c $(libos_dir)/syscalls.h build/flags
	$(call compile,$(libos_include) -ILibOS/src/entry)
$(libos_dir)/%.o: LibOS/src/%.c build/flags | $(libos_dir)/syscalls.h
	$(call compile,$(libos_include))
$(libos_dir)/%.o: LibOS/src/%.S build/flags
	$(call compile,$(libos_include))

# Linked twice: the first time with an empty table of function names, the second time with that of the first, which lies behind
# the functions and so moves none.
$(libos_dir)/no_names.S: Tools/libos-names.awk
	$(quiet)mkdir -p $(@D)
	$(quiet)awk -f $< /dev/null > $@
$(libos_dir)/names.S: $(libos_dir)/unnamed.so Tools/libos-names.awk
	$(quiet)nm -n $< | awk -f Tools/libos-names.awk > $@
$(libos_dir)/no_names.o $(libos_dir)/names.o: %.o: %.S
	$(call compile,)

libos_link_inputs := $(libos_objects) $(libos_lib_objects) Runtime/libpal.abi.so
$(libos_dir)/unnamed.so $(libos_dir)/unplaced.so: mk/large.lds
$(libos_dir)/unnamed.so: $(libos_link_inputs) $(libos_dir)/no_names.o
	$(say) LINK $@
	$(quiet)$(CC) $(libos_link) $(filter-out %.lds,$^) -o $@
$(libos_dir)/unplaced.so: $(libos_link_inputs) $(libos_dir)/names.o
	$(say) LINK $@
	$(quiet)$(CC) $(libos_link) $(filter-out %.lds,$^) -o $@
# And a third time for the addresses at which loaders put it, at the end of the program's range: what is linked for the place
# where it lands needs no relative relocation, and so its tables are not copied by each process. It runs anywhere else, too:
# the linker calls what it has given addresses ET_EXEC, but all that moving it takes is in the file, and so it is ET_DYN (3).
libos_end := 0x7ef000000000
Runtime/libsysdb.so: $(libos_dir)/unplaced.so Tools/libos-place.sh
	$(say) LINK $@
	$(quiet)place=$$(Tools/libos-place.sh $(libos_end) $<) && \
	    $(CC) $(libos_link) -Wl,-Ttext-segment=$$place $(libos_link_inputs) $(libos_dir)/names.o -o $(libos_dir)/placed.so
	$(quiet)printf '\003' | dd of=$(libos_dir)/placed.so bs=1 seek=16 conv=notrunc status=none
	$(quiet)mv $(libos_dir)/placed.so $@

# A program of the build's host without a C library, since it starts in half of the time so.
loader_sources := LibOS/tools/pal_loader.c LibOS/tools/bare.c Pal/lib/format.c Pal/lib/mem.c Pal/lib/pal_string.c
Runtime/pal_loader: $(loader_sources) LibOS/tools/bare.h build/flags
	$(say) LINK $@
	$(quiet)$(CC) $(filter-out -fPIC -Wframe-larger-than=%,$(freestanding)) -fno-pie $(unguarded) $(self_calling) -IPal/include -IPal/lib \
	    -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,noseparate-code -Wl,--gc-sections $(loader_sources) -o $@

-include $(wildcard $(libos_dir)/*.d $(libos_dir)/*/*.d)
