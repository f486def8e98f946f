#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs of this directory in Go and C++, and Debian's node.
# shellcheck source=/dev/null disable=SC2016,SC2034,SC2154 # programs for others; lib.sh uses and sets variables
. "$(dirname "$0")/../lib.sh"
built=$root/build/guest

same 'a static Go program' "$built/go" one two
for GOMAXPROCS in 1 2 8; do
    export GOMAXPROCS
    same "a static Go program, GOMAXPROCS=$GOMAXPROCS" "$built/go"
done
unset GOMAXPROCS
same 'C++: exceptions, threads, files' "$built/cxx" one
same 'C++: an exception that nobody catches' "$built/cxx" abort

node() {
    name=$1
    shift
    same "node: $name" node "$@"
}
node 'nothing' -e ''
node 'timers in their order' -e 'setTimeout(() => console.log("400"), 400); setTimeout(() => console.log("200"), 200); setImmediate(() => console.log("immediate")); process.nextTick(() => console.log("tick")); Promise.resolve().then(() => console.log("promise")); let n = 0; const i = setInterval(() => { if (++n == 3) clearInterval(i) }, 90); process.on("exit", () => console.log("interval", n))'
node 'files' -e 'const fs = require("fs"); fs.mkdirSync("d/e", {recursive: true}); fs.writeFileSync("d/f", "text\n"); fs.appendFileSync("d/f", "more"); console.log(fs.readFileSync("d/f", "utf8"), fs.statSync("d/f").size, fs.readdirSync("d")); fs.renameSync("d/f", "g"); try { fs.readFileSync("missing") } catch (e) { console.log(e.code) } fs.rmSync("d", {recursive: true})'
node 'files, promises' -e 'const fs = require("fs/promises"); (async () => { await Promise.all([...Array(50).keys()].map(i => fs.writeFile("f" + i, "x".repeat(i)))); const s = await Promise.all((await fs.readdir(".")).map(f => fs.stat(f))); console.log(s.length, s.reduce((a, x) => a + x.size, 0)) })()'
node 'streams' -e 'const fs = require("fs"), z = require("zlib"); const w = fs.createWriteStream("out.gz"); const g = z.createGzip(); g.pipe(w); for (let i = 0; i < 20000; i++) g.write(i + "\n"); g.end(); w.on("finish", () => console.log(z.gunzipSync(fs.readFileSync("out.gz")).length))'
node 'worker threads' -e 'const { Worker, isMainThread, parentPort } = require("worker_threads"); let s = 0, n = 0; for (let i = 0; i < 4; i++) new Worker("let s = 0; for (let i = 0; i < 1e6; i++) s += i; require(\"worker_threads\").parentPort.postMessage(s)", {eval: true}).on("message", m => { s += m; if (++n == 4) console.log(s) })'
node 'a loop that is compiled' -e 'let s = 0; for (let i = 0; i < 3e7; i++) s = (s * 31 + i) | 0; console.log(s)'
node 'digests and random' -e 'const c = require("crypto"); console.log(c.createHash("sha256").update("x").digest("hex"), c.randomBytes(16).length, c.pbkdf2Sync("p", "s", 1000, 16, "sha1").toString("hex"))'
node 'stdin' -e 'process.stdin.on("data", d => console.log(d.length)).on("end", () => console.log("end"))'
node 'exit code' -e 'process.exitCode = 7'
node 'an error that nobody catches' -e 'process.on("exit", c => console.log("exit", c)); throw new RangeError("uncaught")'
node 'signals' -e 'process.on("SIGUSR2", () => { console.log("got it"); process.exit(4) }); process.kill(process.pid, "SIGUSR2"); setTimeout(() => {}, 100000)'
finish
