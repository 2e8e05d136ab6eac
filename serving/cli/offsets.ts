/** `asof offsets`: where a data set stands in the topics that it comes from, and where somebody says that it goes on. */
import { type Command, InvalidArgumentError } from 'commander'
import { dataset } from '../../commands/data/dataset.ts'
import { Memory } from '../../commands/handle.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { dataMoveOffsets } from '../commands/offsets.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

type Move = Readonly<{ partition: number; to: number }>
type Options = Readonly<{ topic?: string; cluster?: string; move?: readonly Move[]; reason?: string }>

export function addOffsets(program: Command): void {
  common(program.command('offsets'))
    .description('show where a data set stands in its topics; with --move, say where reading goes on')
    .argument('<dataset>', 'its name')
    .option('--topic <name>', 'the topic to move in')
    .option('--cluster <id>', 'the cluster, where it is another one than before')
    .option('--move <partition:offset...>', 'where each partition goes on', moveOf)
    .option('--reason <text>', 'why')
    .action(async (name: string, { topic, cluster, move, reason }: Options, command: Command) => {
      const context = contextOf(command)
      if (move === undefined) return show(context, name)
      if (topic === undefined || reason === undefined) command.error('--move needs --topic and --reason')
      const input = { dataset: name, topic, partitions: [...move], reason, ...(cluster && { cluster }) }
      const { answer } = await performed(context, dataMoveOffsets, { input })
      const told = move.map(({ partition, to }) => `partition ${partition} at offset ${to}`).join(', ')
      context.answer(`${printableWord(name)} goes on in ${topic}: ${told}.`, answer)
    })
}

function moveOf(text: string, before: readonly Move[] = []): readonly Move[] {
  const [, partition, to] = /^(\d{1,9}):(\d{1,15})$/.exec(text) ?? []
  if (partition === undefined) throw new InvalidArgumentError('Write PARTITION:OFFSET, such as 0:1200.')
  return [...before, { partition: Number(partition), to: Number(to) }]
}

const show = (context: Context, name: string): Promise<void> =>
  withArchive(context, async ({ log }) => {
    const { state } = await new Memory().of(log, dataset, `data-${name}`)
    if (state.spec === null) throw refuse('data.unknown-dataset', { dataset: name })
    const rows = [...state.topics].flatMap(([topic, { cluster, partitions }]) =>
      [...partitions]
        .sort(([one], [other]) => one - other)
        .map(([partition, { next }]) => ({ topic, cluster, partition, next })),
    )
    const text = table(
      ['topic', 'cluster', 'partition', 'next offset'],
      rows.map((one) => [one.topic, one.cluster, String(one.partition), String(one.next)]),
    )
    context.answer(rows.length === 0 ? `Nothing of ${printableWord(name)} came from a topic.` : text, rows)
  })
