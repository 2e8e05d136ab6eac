/** Lets in so many requests at a time, and refuses the others before anything is done for them. */
import { refuse } from '../../schemas/kernel/fault.ts'

export interface Admission {
  /** @throws Refusal `inference.overloaded` */
  within<T>(work: () => Promise<T>): Promise<T>
  underWay(): number
}

export function admission(most: number): Admission {
  let underWay = 0
  return {
    async within(work) {
      if (underWay >= most) throw refuse('inference.overloaded', { most })
      underWay++
      try {
        return await work()
      } finally {
        underWay--
      }
    },
    underWay: () => underWay,
  }
}
