/** What every command shares: where the platform lies, who acts, and how it speaks to people and to programs. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Fault } from '../../schemas/kernel/fault.ts'
import { printable, printableJson } from '../../schemas/kernel/name.ts'
import type { Subject } from '../../schemas/role.ts'
import { ownerOf } from '../access/actor.ts'
import { DEFAULT_FOLDER } from '../folder.ts'

export type Context = Readonly<{
  folder: string
  /** Who acts: the owner of the folder. @throws Refusal `access.not-owner` */
  subject: () => Subject
  /** The name that is recorded with what is done. */
  actor: string
  json: boolean
  /** Prints an answer once: for people, or as one JSON document with `--json`. */
  answer: (forPeople: string, data: unknown) => void
  /** Tells of long work on standard error, so that an answer can be piped. */
  progress: (stage: string, done: number, of: number) => void
}>

/** Adds the options that every command has. */
export const common = (command: Command): Command =>
  command
    .option('-C, --folder <path>', 'where the platform lies', process.env.ASOF_FOLDER ?? DEFAULT_FOLDER)
    .option('--json', 'answer with one JSON document', false)

export function contextOf(command: Command): Context {
  const { folder, json } = command.opts<{ folder: string; json: boolean }>()
  const subject = () => ownerOf(resolve(folder))
  return {
    folder,
    subject,
    get actor() {
      return subject().name
    },
    json,
    answer: (forPeople, data) =>
      process.stdout.write(`${json ? printableJson(JSON.stringify(data, null, 2)) : printable(forPeople)}\n`),
    progress: progressTo(process.stderr),
  }
}

/** A failure as it is printed: a sentence, or one JSON document. */
export const faultText = ({ code, message, detail }: Fault, json: boolean): string =>
  json
    ? `${printableJson(JSON.stringify({ error: { code, message, detail } }))}\n`
    : `${printable(message)}\n`

const LINE_EVERY_MILLIS = 5_000

/** One line that is written over on a terminal; elsewhere a line now and then, and one at the end of each stage. */
function progressTo(stream: NodeJS.WriteStream): Context['progress'] {
  let written = 0
  return (stage, done, of) => {
    const text = printable(of > 1 ? `${stage}: ${done} of ${of}` : stage)
    const ended = done >= of
    if (stream.isTTY) {
      stream.write(`\r\u001b[K${text}${ended ? '\n' : ''}`)
      return
    }
    const now = performance.now()
    if (!ended && now - written < LINE_EVERY_MILLIS) return
    written = now
    stream.write(`${text}\n`)
  }
}
