/** `asof up` and `asof sample`: bring a platform up and serve its views. What serves is loaded when it is asked for. */
import { type Command, Option } from 'commander'
import { LANES } from '../lanes/names.ts'
import { SAMPLES, US20 } from '../sample/samples.ts'
import { common } from './context.ts'
import { whole } from './numbers.ts'
import type { Sampling, Up } from './serving.ts'

const DEFAULT_PORT = 7070
const GRPC_PORT = 'port to listen on for gRPC; the one after the port for HTTP unless it is told'
const ALLOW_HOST =
  'names, beside its own address, under which requests are answered: those of a proxy before it'

export function addServe(program: Command): void {
  common(program.command('up'))
    .description(
      'open the platform, follow its log and serve /health and the views over HTTP until interrupted',
    )
    .option('-p, --port <number>', 'port to listen on', whole(0, 65_535), DEFAULT_PORT)
    .option('--grpc-port <number>', GRPC_PORT, whole(0, 65_535))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name...>', ALLOW_HOST, [])
    .addOption(
      new Option(
        '--lanes <name...>',
        'lanes that this machine works, of a log on KurrentDB that others work too; without live it serves nothing',
      ).choices(LANES),
    )
    .action(async (options: Up, command: Command) => (await import('./serving.ts')).up(options, command))

  common(program.command('sample'))
    .description('play a sample, and serve it meanwhile and afterwards')
    .addOption(
      new Option(
        '--sample <name>',
        Object.values(SAMPLES)
          .map(({ name, about }) => `${name}: ${about}`)
          .join('; '),
      )
        .choices(Object.keys(SAMPLES))
        .default(US20.name),
    )
    .option('--once', 'end after the summary, and serve nothing', false)
    .option('--until <date>', 'leave out what became known from this date on')
    .option('-p, --port <number>', 'port to listen on', whole(0, 65_535), DEFAULT_PORT)
    .option('--grpc-port <number>', GRPC_PORT, whole(0, 65_535))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-host <name...>', ALLOW_HOST, [])
    .action(async (options: Sampling, command: Command) =>
      (await import('./serving.ts')).sample(options, command),
    )
}
