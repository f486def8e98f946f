# SPDX-License-Identifier: MIT
# make install PREFIX=/usr/local DESTDIR=; `make uninstall` with the same variables removes exactly that.

PREFIX ?= /usr/local
# The library OS is found beside the loader.
install_bin     = $(loaders) Runtime/libsysdb.so Runtime/pal_loader
install_lib     = Runtime/libpal.abi.so Runtime/pal_crt.o
install_include = Pal/include/pal.h Pal/include/pal_error.h Pal/include/pal.abi
install_doc     = $(wildcard README.md docs/*.md) LICENSE
install_example = $(wildcard LibOS/examples/*)

# $(call into,mode,directory,files)
into = install -d '$(DESTDIR)$(PREFIX)/$2' && install -m $1 $3 '$(DESTDIR)$(PREFIX)/$2'

install: all
	$(call into,755,bin,$(install_bin))
	$(call into,644,lib/pal,$(install_lib))
	$(call into,644,include/pal,$(install_include))
	$(call into,644,share/doc/pal,$(install_doc))
	$(call into,644,share/doc/pal/examples,$(install_example))

# $(call from,directory,files): a directory that is pal's own goes with its files
from = if cd '$(DESTDIR)$(PREFIX)/$1' 2>/dev/null; then rm -f $(notdir $2); \
       $(if $(filter %/pal %/examples,$1),cd .. && rmdir --ignore-fail-on-non-empty $(notdir $1);) fi

uninstall:
	$(call from,bin,$(install_bin))
	$(call from,lib/pal,$(install_lib))
	$(call from,include/pal,$(install_include))
	$(call from,share/doc/pal/examples,$(install_example))
	$(call from,share/doc/pal,$(install_doc))

.PHONY: install uninstall
