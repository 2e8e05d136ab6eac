/** The code of the fault that something was refused for; what went through, or failed otherwise, has no such code. */
import { Refusal } from '../../schemas/kernel/fault.ts'

const NONE = 'nothing was refused'

export function refusalOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return codeIn(error)
  }
  return NONE
}

export const refusalIn = (work: Promise<unknown>): Promise<string> => work.then(() => NONE, codeIn)

function codeIn(error: unknown): string {
  if (error instanceof Refusal) return error.fault.code
  throw error
}
