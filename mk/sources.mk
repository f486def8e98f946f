# SPDX-License-Identifier: MIT
# Explicit lists: a file that is not named here is not built, and `make check` says so.

lib_sources := mem.c pal_string.c format.c slab.c path.c uri.c inet.c \
               manifest.c manifest_fault.c manifest_keys.c manifest_value.c \
               elf_header.c elf_segments.c elf_dynamic.c elf_symbol.c elf_relocation.c elf_note.c elf_fault.c

src_sources := db_main.c db_rtld.c db_memory.c db_streams.c db_attributes.c db_object.c db_process.c db_threading.c db_semaphore.c \
               db_events.c db_exception.c db_ipc.c db_misc.c \
               pal_handle.c pal_uri.c pal_lock.c pal_heap.c pal_manifest.c pal_log.c pal_guard.c pal_policy.c pal_confine.c pal_boot.c pal_configure.c pal_environment.c pal_explain.c pal_control.c pal_abi_check.c \
               loader_rules.c elf_map.c elf_reloc.c elf_link.c elf_start.c arch/x86_64/enter.S arch/x86_64/invoke.S arch/x86_64/user.S
# Pure decisions of Pal/src, which are tested hosted too.
pure_sources := loader_rules.c pal_policy.c

# Freestanding programs for the Host ABI, without a library OS: Pal/test/<name>.c becomes Pal/test/<name>.
test_programs := HelloWorld

# One cmocka program each in Pal/test/unit, run under ASan and UBSan; one libFuzzer target each in Pal/test/fuzz.
unit_tests := test_mem test_string test_format test_list test_slab test_path test_uri test_inet \
              test_manifest test_manifest_value test_elf test_elf_tables test_elf_broken test_elf_relocations test_elf_oracle test_loader_rules test_policy
fuzz_targets := fuzz_path fuzz_uri fuzz_manifest fuzz_elf fuzz_loader_rules
