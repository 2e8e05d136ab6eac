/** Lets in so many requests at a time, and refuses the others before anything is done for them. */
import { refuse } from '../../schemas/kernel/fault.ts'

export interface Admission {
  /** For whoever has a request to read yet. @throws Refusal `inference.overloaded` */
  assertRoom(): void
  /** @throws Refusal `inference.overloaded` */
  within<T>(work: () => Promise<T>): Promise<T>
  /** Counts what goes on behind a request that was given up: it takes as much as one that was not. */
  until(work: Promise<unknown>): void
  underWay(): number
}

export function admission(most: number): Admission {
  let underWay = 0
  const assertRoom = (): void => {
    if (underWay >= most) throw refuse('inference.overloaded', { most })
  }
  return {
    assertRoom,
    async within(work) {
      assertRoom()
      underWay++
      try {
        return await work()
      } finally {
        underWay--
      }
    },
    until(work) {
      underWay++
      const over = (): void => {
        underWay--
      }
      work.then(over, over)
    },
    underWay: () => underWay,
  }
}
