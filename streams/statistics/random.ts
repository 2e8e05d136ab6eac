/** Random numbers from a seed. A method takes a `Uniform`; it never has a source of its own. */
import { assert } from '../../schemas/kernel/assert.ts'
import { normalQuantile } from './normal.ts'

/** Numbers in 0..1, without 1: the next one, or the next of an array's length, which costs less for each. */
export type Uniform = { (): number; fill(target: Float64Array): void }

/**
 * xoshiro128** (Blackman & Vigna 2021), its state filled from the seed by splitmix32: the generator for production. Its
 * period is 2^128 - 1; each draw has 32 bits.
 */
export function xoshiro128(seed: number): Uniform {
  assert(Number.isSafeInteger(seed) && seed >= 0, 'a seed is a whole number from 0 to 2^53 - 1')
  let filler = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) | 0
  const state = Int32Array.from({ length: 4 }, () => {
    filler = (filler + 0x9e3779b9) | 0
    let z = filler
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  })
  return uniformOf((target) => {
    let a = state[0]
    let b = state[1]
    let c = state[2]
    let d = state[3]
    for (let i = 0; i < target.length; i++) {
      const scrambled = Math.imul(b, 5)
      const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9)
      const shifted = b << 9
      c ^= a
      d ^= b
      b ^= c
      a ^= d
      c ^= shifted
      d = (d << 11) | (d >>> 21)
      target[i] = (result >>> 0) / 2 ** 32
    }
    state[0] = a
    state[1] = b
    state[2] = c
    state[3] = d
  })
}

/** Park and Miller's minimal standard generator: for vectors that other languages must reproduce, not for production. */
export function minstd(seed: number): Uniform {
  assert(Number.isInteger(seed) && seed > 0 && seed < 2_147_483_647, 'a minstd seed is from 1 to 2^31 - 2')
  let state = seed
  return uniformOf((target) => {
    for (let i = 0; i < target.length; i++) {
      state = (16_807 * state) % 2_147_483_647
      target[i] = state / 2_147_483_647
    }
  })
}

function uniformOf(fill: Uniform['fill']): Uniform {
  const one = new Float64Array(1)
  const next = (): number => {
    fill(one)
    return one[0]
  }
  return Object.assign(next, { fill })
}

/** Standard normal draws by inversion. A uniform of exactly 0 is passed over. */
export function normals(uniform: Uniform, count: number): Float64Array {
  const draws = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let u = uniform()
    while (u === 0) u = uniform()
    draws[i] = normalQuantile(u)
  }
  return draws
}
