#!/usr/bin/env node
// Starts the command on the Node that is pinned in package.json, whatever the machine's own is.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
const main = fileURLToPath(new URL('main.ts', import.meta.url))
const node = existsSync(pinned) ? pinned : process.execPath
// glibc keeps what threads free: with as many arenas as it likes, a process with eight threads holds a third more memory than with these.
const allocator = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}
// What was compiled stays beside what npm installed: a command starts in half the time.
const compiled = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/asof', import.meta.url)),
}
// Nothing is said over the channel: it closes when this process is gone, however it went, and so a server hears of it.
const child = spawn(node, [main, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...allocator, ...compiled, ...process.env },
})
// A supervisor stops the process that it started: the command hears of it, and ends in its own time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  // V8 ends a process so whose heap is full, and has no words for it that help.
  if (signal === 'SIGABRT')
    process.stderr.write(
      'The command was ended: it took more memory than its heap may have, or gave up (SIGABRT).\n',
    )
  if (signal === 'SIGSEGV' || signal === 'SIGBUS')
    process.stderr.write(`The command was ended: native code of it fell over (${signal}).\n`)
  process.exit(code ?? 1)
})
