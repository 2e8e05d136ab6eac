/** The normal draws of numpy.random.RandomState, so that a test can have the very series of another package's test. */

const WORDS = 624

/** The Mersenne twister (Matsumoto & Nishimura 1998), 32 bits a call, seeded as by init_genrand. */
function mersenne(seed: number): () => number {
  const state = new Uint32Array(WORDS)
  state[0] = seed
  for (let i = 1; i < WORDS; i++)
    state[i] = Math.imul(1_812_433_253, state[i - 1] ^ (state[i - 1] >>> 30)) + i
  let at = WORDS
  const twist = (): void => {
    for (let i = 0; i < WORDS; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff)
      state[i] = state[(i + 397) % WORDS] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0)
    }
    at = 0
  }
  return () => {
    if (at === WORDS) twist()
    let word = state[at++]
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }
}

/** RandomState(seed).standard_normal(count): Marsaglia's polar method, the second of each pair first. */
export function numpyNormals(seed: number, count: number): Float64Array {
  const next = mersenne(seed)
  const double = (): number => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
  const draws = new Float64Array(count + 1)
  for (let i = 0; i < count; ) {
    const x = 2 * double() - 1
    const y = 2 * double() - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const factor = Math.sqrt((-2 * Math.log(square)) / square)
    draws[i++] = factor * y
    draws[i++] = factor * x
  }
  return draws.subarray(0, count)
}
