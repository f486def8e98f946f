#!/bin/sh
# SPDX-License-Identifier: MIT
# perl and lua by themselves; perl_python.sh has what they do with processes.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
prepare=sample_files

try perl -e 'print "hello\n"'
try perl -v
try perl -ne 'print "$. $_" if /a(.)p/' words
try perl -pi.bak -e 's/alpha/omega/' words
try perl -e 'my %h; $h{$_ % 97} += $_ for 1 .. 100000; print join(",", map { "$_=$h{$_}" } sort { $a <=> $b } keys %h), "\n"'
try perl -MPOSIX -e 'print strftime("%F %T", gmtime(1e9)), " ", floor(-1.5), " ", POSIX::LONG_MAX, "\n"'
try perl -MList::Util=sum,shuffle -e 'print sum(1 .. 100), "\n"'
try perl -MDigest::SHA=sha256_hex -MDigest::MD5=md5_hex -MMIME::Base64 -e 'print sha256_hex("x"), md5_hex("x"), encode_base64("data")'
try perl -MData::Dumper -e '$Data::Dumper::Sortkeys = 1; print Dumper({a => [1, 2, {b => undef}]})'
try perl -e 'open my $f, "<", "words" or die; my @l = sort <$f>; print @l; seek $f, 3, 0; read $f, my $b, 5; print "$b\n"; print -s "words", " ", -d "tree" ? "dir" : "no", "\n"'
try perl -e 'opendir my $d, "."; print join(" ", sort grep !/^\./, readdir $d), "\n"; mkdir "new", 0700 or die; rename "words", "new/words"; print readlink "tree/link"'
try perl -e 'open my $f, "<", "missing" or die "cannot: $!\n"'
try perl -e '$SIG{ALRM} = sub { print "alarm\n"; exit 5 }; alarm 1; 1 while 1'
try perl -e '$SIG{USR1} = sub { print "got $_[0]\n" }; kill USR1 => $$; print "after\n"; kill TERM => $$; sleep 5'
try perl -MTime::HiRes=sleep,time -e 'my $t = time; sleep 0.1; my $d = time - $t; print $d >= 0.1 && $d < 60 ? "slept\n" : "no: $d\n"'
try perl -e 'pipe my $r, my $w; syswrite $w, "through"; sysread $r, my $b, 100; print "$b\n"; my $v = ""; vec($v, fileno $r, 1) = 1; print select($v, undef, undef, 0.01), "\n"'
try perl -Mthreads -e 'my @t = map { my $n = $_; threads->create(sub { my $s = 0; $s += $_ * $n for 1 .. 10000; $s }) } 1 .. 4; print join(" ", map { $_->join } @t), "\n"'
try perl -Mthreads -Mthreads::shared -e 'my $n :shared = 0; my @t = map { threads->create(sub { for (1 .. 500) { lock $n; $n++ } }) } 1 .. 4; $_->join for @t; print "$n\n"'
try perl -e 'my $x = "a" x (64 << 20); substr($x, 1 << 25, 1) = "b"; print length $x, " ", index($x, "b"), "\n"'
try perl -MStorable -e 'store {a => [1 .. 10]}, "stored"; print join(",", @{retrieve("stored")->{a}}), "\n"'
try perl -MFile::Find -e 'my @f; find(sub { push @f, $File::Find::name }, "tree"); print join("\n", sort @f), "\n"'
try perl -MFile::Temp=tempfile -e 'my ($f, $n) = tempfile(UNLINK => 1); print $f "text"; close $f; print -s $n, "\n"'
try perl -e 'exec "/bin/echo", "replaced" or die'
try perl -e 'flock STDIN, 2 or print "$!\n"; open my $f, "+<", "words"; print flock($f, 6) ? "locked\n" : "no\n"; truncate $f, 3; print -s "words", "\n"'
try perl -C -e 'print chr(8364), length("\x{20ac}x"), "\n"'
try perl -e 'my $r = "(a+)+b"; print "a" x 20 =~ /$r/ ? 1 : 0, "\n"; print join("|", "2024-02-29" =~ /(\d+)-(\d+)-(\d+)/), "\n"'
try perl -e 'eval { die { code => 3 } }; print $@->{code}, "\n"; die "uncaught\n"'
try perl -e 'exit 300'

try lua5.4 -e 'print("hello", _VERSION, 2^53, 7 // 2, 1 << 62)'
try lua5.4 -e 'local t = {} for i = 1, 200000 do t[i] = (i * 7919) % 200003 end table.sort(t) print(t[1], t[#t], #t)'
try lua5.4 -e 'for l in io.lines("words") do print((l:gsub("(%a+) (%d)", "%2 %1"))) end'
try lua5.4 -e 'local f = assert(io.open("new", "w+")) f:write("abc", 42, "\n") f:seek("set", 1) print(f:read("a")) f:close() os.rename("new", "newer") print(os.remove("missing"))'
try lua5.4 -e 'local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co())'
try lua5.4 -e 'print(pcall(error, "x")) print(string.format("%q %5.2f %x", "a\nb", 3.14159, 255), os.date("!%F", 0), utf8.char(8364))'
try lua5.4 -e 'print(collectgarbage("count") > 0) local s = string.rep("x", 1 << 24) print(#s)'
try lua5.4 -e 'error("uncaught")'
try lua5.4 missing.lua
try lua5.4 -e 'os.exit(9)'
finish
