import { freePorts } from '../scenarios/machine.ts'

/** Ports that a run may need, and where they are sought: not where servers and other tests allot theirs. */
const blockSize = 40
let nextBlock = 10_000 + Math.floor(Math.random() * 200) * blockSize

/** @returns the first of so many ports that nobody listens at; never the same twice */
export async function freeBlock(): Promise<number> {
  for (;;) {
    const first = nextBlock
    nextBlock = nextBlock >= 18_000 ? 10_000 : nextBlock + blockSize
    const ports = Array.from({ length: blockSize }, (_, index) => first + index)
    if ((await freePorts(ports)).length === blockSize) return first
  }
}
