/** `asof openlineage`: what ran, from which data into which, one OpenLineage event a line. */
import { once } from 'node:events'
import type { Command } from 'commander'
import { Emitter } from '../openlineage/emitter.ts'
import { namespaceOf } from '../openlineage/open.ts'
import { identityIn } from '../sealing.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'

type Options = { from: number; namespace?: string }

export function addOpenlineage(program: Command): void {
  common(program.command('openlineage'))
    .description('print what ran as OpenLineage events, one a line, as a lineage server is told of it')
    .option('--from <position>', 'leave out what is before this position of the log', whole(1), 1)
    .option('--namespace <uri>', 'of all that is not a file (asof:// and the identity of the log)')
    .action(async ({ from, namespace }: Options, command: Command) => {
      await withArchive(contextOf(command), async ({ folder, log, confirmed }) => {
        const emitter = new Emitter(namespace ?? namespaceOf(identityIn(folder) ?? 'unsealed'))
        const filter = { types: emitter.types, positionAtMost: await confirmed() }
        for await (const batch of log.readAll(1, filter))
          for (const event of batch)
            for (const said of emitter.take(event))
              if (event.position >= from && !process.stdout.write(`${JSON.stringify(said)}\n`))
                await once(process.stdout, 'drain')
      })
    })
}
