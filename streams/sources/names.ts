/** Every distinct name of a column of entities, judged once by the one rule for names. */
import { type NameProblem, nameProblem } from '../../schemas/kernel/name.ts'
import { trimmed } from './columns.ts'
import { type Reason, reasonCode } from './rejects.ts'
import type { Room } from './room.ts'

const REASON_OF: Readonly<Record<NameProblem['kind'], Reason>> = {
  missing: 'entity.missing',
  unseen: 'entity.unseen',
  damaged: 'entity.encoding',
  'not-normal': 'entity.not-normal',
  reserved: 'entity.reserved',
}
/** As many bad names are told apart; the rest share one code for each reason. */
const BAD_NAMES = 1_000

/** Names in order of first sight; `faults[code]` is 0 for a good one. */
export class Names {
  readonly texts: string[] = []
  readonly faults: number[] = []
  readonly whys: string[] = []
  readonly #codes = new Map<string, number>()
  readonly #shared = new Map<number, number>()
  readonly #room: Room
  #bad = 0
  #characters = 0

  constructor(room: Room) {
    this.#room = room
  }

  /** The code of a name, blanks around it left out. */
  codeOf(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const name = trimmed(text)
    const problem = nameProblem(name)
    if (problem === null) {
      this.#room.distinct(this.texts.length)
      this.#characters += text.length
      this.#room.names(this.#characters)
      const code = this.#codes.get(name) ?? this.#push(name, 0, '')
      this.#codes.set(name, code).set(text, code)
      return code
    }
    const fault = reasonCode(REASON_OF[problem.kind])
    if (problem.kind === 'missing' || this.#bad >= BAD_NAMES) return this.badOf(fault)
    this.#bad++
    const code = this.#push(name, fault, problem.why)
    this.#codes.set(text, code)
    return code
  }

  /** The code of what is no name at all, for a reason. */
  badOf(fault: number): number {
    const known = this.#shared.get(fault)
    if (known !== undefined) return known
    const code = this.#push('', fault, '')
    this.#shared.set(fault, code)
    return code
  }

  /** Whether a code stands for more than one text, so that it is not worth remembering by its bytes. */
  isShared(code: number): boolean {
    return this.#shared.get(this.faults[code] ?? 0) === code
  }

  #push(text: string, fault: number, why: string): number {
    this.faults.push(fault)
    this.whys.push(why)
    return this.texts.push(text) - 1
  }
}
