/** `asof witness`: cosigns the checkpoints of other machines' logs, on a machine that their operators do not control. */
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { wallClock } from '../clock.ts'
import { watchedLog } from '../witness/store.ts'
import { whole } from './numbers.ts'

type Options = Readonly<{ folder: string; log: readonly string[]; name: string; host: string; port: number }>

export function addWitness(program: Command): void {
  program
    .command('witness')
    .description(
      'cosign the checkpoints of logs that only grow, and name one that shows two histories or was rolled back (c2sp.org/tlog-witness)',
    )
    .requiredOption(
      '--log <key...>',
      'the public key of each log (seal/log.vkey of its folder); of a log whose key was rotated, all of them with commas between',
    )
    .option('-C, --folder <path>', 'where its key lies, and what it saw', '.asof-witness')
    .option('--name <name>', 'what its key is called', 'asof.local/witness')
    .option('-p, --port <number>', 'port to listen on', whole(0, 65_535), 7074)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async ({ folder, log, name, host, port }: Options) => {
      const { openWitness } = await import('../http/witness.ts')
      const logs = log.map((keys) => watchedLog(keys.split(',').map((key) => key.trim())))
      const stop = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
        process.on(signal, () => stop.abort())
      process.channel?.unref()
      const nowSeconds = () => Math.floor(wallClock.nowMicros() / 1_000_000)
      const witness = await openWitness({ folder: resolve(folder), name, logs, host, port, nowSeconds })
      process.stdout.write(`${witness.verifierKey}\n`)
      process.stderr.write(
        `Witnessing ${logs.length === 1 ? '1 log' : `${logs.length} logs`} at ${witness.url} (Ctrl-C ends it)\n`,
      )
      process.stderr.write(
        'What it prints first is its public key: for witnesses in asof.yaml, and asof verify --witness.\n',
      )
      if (!stop.signal.aborted) await once(stop.signal, 'abort')
      await witness.close()
    })
}
